import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { UsageError, wholeNumber } from './usage.ts'

const root = join(import.meta.dirname, '../..')

test.each([
  ['test/sim/main.ts', ['--seeds', 'x'], '--seeds takes a whole number from 1 on, not "x"'],
  ['test/sim/main.ts', ['--with', 'rain'], 'there is no disturbance "rain"'],
  ['test/sim/mutants/main.ts', ['--rain'], "Unknown option '--rain'"],
  ['test/sim/mutants/main.ts', ['--only', 'rain'], 'no bug has a name with "rain" in it'],
  ['test/sim/mutants/main.ts', ['--workers', '0'], '--workers takes a whole number from 1 on, not "0"'],
  ['test/storage/main.ts', ['--rain'], "Unknown option '--rain'"],
  ['test/storage/main.ts', ['--only', 'rain'], 'no cell has a name with "rain" in it'],
  ['test/storage/main.ts', ['--seed', 'rain'], '--seed takes a whole number from 0 on, not "rain"'],
  ['test/raft-diff/main.ts', ['--schedules', '0'], '--schedules takes a whole number from 1 on, not "0"'],
  ['test/regressions/main.ts', ['kill-all', '--times', 'x'], '--times takes a whole number from 1 on, not "x"'],
  ['bench/main.ts', ['log', '--rain'], "Unknown option '--rain'"],
])(
  '%s says of %j what is wrong, shows its usage, writes nothing to stdout and ends with code 2',
  async (script, args, reason) => {
    const run = promisify(execFile)(process.execPath, [script, ...args], { cwd: root })
    const failed = (await run.catch((error: unknown) => error)) as { code: number; stdout: string; stderr: string }
    expect(failed).toMatchObject({ code: 2, stdout: '' })
    expect(failed.stderr).toContain(reason)
    expect(failed.stderr).toMatch(/^usage: /im)
    expect(failed.stderr).not.toMatch(/^ +at /m)
  },
)

test.each(['', ' ', 'x', '0.5', '-1', '1e99'])('"%s" is no whole number', (text) => {
  expect(() => wholeNumber('times', text)).toThrow(UsageError)
})

test('a whole number may be written with an exponent', () => {
  expect(wholeNumber('ticks', '1e8')).toBe(100_000_000)
})
