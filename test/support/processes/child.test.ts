import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { firstLine, startChild } from './child.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trivet-child-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('a child sees nothing of what the user has set for a trivet of their own, and all the rest', async () => {
  vi.stubEnv('TRIVET_DATA_DIR', join(folder, 'precious'))
  vi.stubEnv('SITE', 'alps')
  const script = join(folder, 'tell.mjs')
  writeFileSync(script, 'console.log(JSON.stringify(process.env))')
  const child = startChild({
    name: 'teller',
    script,
    args: [],
    logFile: join(folder, 'log'),
    env: { TRIVET_OWN: 'yes' },
  })
  const env = await firstLine(child, (line) => JSON.parse(line) as NodeJS.ProcessEnv, 30_000)
  await child.ended
  expect(Object.entries(env).filter(([name]) => name.startsWith('TRIVET_'))).toEqual([['TRIVET_OWN', 'yes']])
  expect(env).toMatchObject({ SITE: 'alps', PATH: process.env['PATH'] })
})
