import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runScenario } from './testing/scenario.ts'

const folder = join(import.meta.dirname, 'scenarios')
const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))

test.for(names)('%s', (name) => {
  const path = join(folder, name)
  const text = readFileSync(path, 'utf8')
  expect(text, 'a scenario begins with the danger and its source').toMatch(/^# /)
  const actual = runScenario(text)
  expect(actual).not.toMatch(/wrong scenario/)
  if (process.env['REWRITE'] === '1') writeFileSync(path, actual)
  else expect(actual).toBe(text)
})
