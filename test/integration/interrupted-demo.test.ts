import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/processes/until.ts'

const main = join(import.meta.dirname, '../demo/main.ts')

/** Where demos make their directories. */
let temporary: string
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'trivet-interrupted-'))
})
afterAll(() => rmSync(temporary, { recursive: true }))

/**
 * A demo in a process group of its own, as a shell starts it. Once it has printed so much that `isTime`, the whole group
 * gets SIGINT, as Ctrl-C in a terminal sends it.
 */
async function interrupted(args: readonly string[], isTime: (stdout: string) => boolean) {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
    detached: true,
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  const closed = once(child, 'close') as Promise<[number | null]>
  try {
    const options = { timeoutMs: 120_000, pauseMs: 20 }
    await until('the moment to interrupt it', async () => (isTime(stdout) ? true : undefined), options)
    const interruptedMs = performance.now()
    process.kill(-child.pid!, 'SIGINT')
    const [code] = await closed
    process.stderr.write(`demo: ended ${Math.round(performance.now() - interruptedMs)} ms after Ctrl-C\n`)
    return { code, stdout }
  } finally {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
  }
}

test('Ctrl-C in the middle of the demo ends it, and it says that, and leaves nothing', async () => {
  const { code, stdout } = await interrupted([], (said) => said.includes('$ trivet bmc import'))
  expect(code).toBe(130)
  expect(stdout).toMatch(/\nInterrupted; .*\n$/)
  expect(stdout).not.toMatch(/did not hold|fetch failed/)
  expect(readdirSync(temporary)).toEqual([])
})

test('one that was interrupted says so as JSON, too', async () => {
  const { code, stdout } = await interrupted(['--json'], () => readdirSync(temporary).length > 0)
  expect(code).toBe(130)
  expect(stdout).toMatch(/^\{.*\}\n$/)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, reason: 'interrupted' })
  expect(readdirSync(temporary)).toEqual([])
})
