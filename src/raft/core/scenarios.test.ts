import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenario } from './testing/scenario.ts'

const folder = join(import.meta.dirname, 'scenarios')
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** Where one can read of a danger. */
const sources = /thesis|paper|etcd|tikv|raft-dev|hashicorp|canonical|log\.md|raft\.md|§|Fig\. /i

test('there are at least 200 stories', () => {
  expect(names.length).toBeGreaterThanOrEqual(200)
})

test.for(names)('%s', (name) => {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  const header = text.slice(0, text.indexOf('\n\n'))
  expect(header, 'a scenario begins with the danger').toMatch(/^# .{20}/)
  expect(header, 'and with where to read of it').toMatch(sources)
  const actual = runScenario(text)
  expect(actual).not.toMatch(/wrong scenario/)
  if (process.env['REWRITE'] === '1') writeFileSync(path, actual)
  else expect(actual).toBe(text)
})
