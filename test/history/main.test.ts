import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { encodeEvent } from './format/encode-event.ts'
import type { HistoryEvent } from './format/history-event.ts'
import { HistoryRecorder } from './history-recorder.ts'
import { get, ok, put, shows, showsNothing } from './testing/story.ts'

const folder = mkdtempSync(join(tmpdir(), 'history-check-'))
afterAll(() => rmSync(folder, { recursive: true }))

const program = join(import.meta.dirname, 'main.ts')

function run(...args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

function written(name: string, record: (recorder: HistoryRecorder) => void): string {
  const events: HistoryEvent[] = []
  record(new HistoryRecorder({ sink: (event) => events.push(event), now: () => 0 }))
  const file = join(folder, name)
  writeFileSync(file, events.map((event) => `${encodeEvent(event)}\n`).join(''))
  return file
}

const right = written('right.jsonl', (recorder) => {
  recorder.begin('a', put('x', '1')).end(ok(1))
  recorder.begin('a', get('x')).end(shows('1', { row: 1, at: 1 }))
})

const wrong = written('wrong.jsonl', (recorder) => {
  recorder.begin('a', put('x', '1')).end(ok(1))
  recorder.begin('a', get('x')).end(showsNothing(1))
})

/** No answer names a revision, and all overlap: the search has nothing to go by, and no order to find. */
const hard = written('hard.jsonl', (recorder) => {
  const open = Array.from({ length: 30 }, (_, index) => recorder.begin(`c${index}`, put('x', `v${index}`)))
  const read = recorder.begin('r', get('x'))
  for (const each of open) each.end({ kind: 'ok' })
  read.end({ kind: 'ok', row: { value: 'nobody' } })
})

test('a history that is right is told in words, with how much there was to judge, and exit code 0', async () => {
  expect(await run(right)).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      `ok  ${right}`,
      '  2 operations of 1 processes: 1 writes, 1 reads, 0 of them retries; 0 changes',
      '  2 ok, 0 refused, 0 unknown, 0 failed',
      '  by revisions: ok',
      '  by search: ok (2 steps)',
      '',
    ].join('\n'),
  })
})

test('a violation is told with its line, and exit code 1', async () => {
  const { code, stdout } = await run(wrong)
  expect(code).toBe(1)
  expect(stdout).toContain(
    'by revisions: violation in line 5 (wrong_result): at revision 1: get x by a (lines 4 to 5): no row at revision 1, but there the row is "1" of revision 1',
  )
  expect(stdout).toContain(
    'by search: violation in line 5 (not_linearizable): no order of the calls on x explains get x',
  )
})

test('with --json there is one object on stdout, whatever the verdict', async () => {
  const unreadable = join(folder, 'nothing.jsonl')
  const [first, second, third] = await Promise.all([right, wrong, unreadable].map((file) => run(file, '--json')))
  expect(JSON.parse(first!.stdout)).toMatchObject({
    file: right,
    verdict: 'ok',
    counts: { operations: 2, writes: 1, reads: 1 },
    revisions: { kind: 'ok' },
    linearizability: { kind: 'ok', steps: 2 },
  })
  expect(JSON.parse(second!.stdout)).toMatchObject({
    verdict: 'violation',
    revisions: { kind: 'violation', count: 1, first: { kind: 'wrong_result', line: 5 } },
    linearizability: { first: { kind: 'not_linearizable', line: 5 } },
  })
  expect(third).toMatchObject({ code: 2, stderr: '' })
  expect(JSON.parse(third!.stdout)).toMatchObject({ file: unreadable, verdict: 'unreadable', line: 1 })
})

test('a line that is wrong is named with file and line, and exit code 2', async () => {
  const file = join(folder, 'torn.jsonl')
  writeFileSync(file, '{"event":"start","history":1}\n{"event":"beg')
  const { code, stdout, stderr } = await run(file)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(`unreadable  ${file}:2: the line is not whole JSON`)
})

test('a search that is given up is no success: exit code 3', async () => {
  const { code, stdout } = await run(hard, '--steps', '1000')
  expect(code).toBe(3)
  expect(stdout).toMatch(/^unknown {2}/)
  expect(stdout).toContain('by revisions: not applicable: answers name no revisions')
  expect(stdout).toContain('by search: unknown: the search was given up for 1 of 1 rows, x among them')
})

test.each([
  [[], 'name the file of a history'],
  [['a', 'b'], 'one file at a time: b is the second'],
  [['a', '--steps', '0'], '--steps takes a whole number from 1 on'],
  [['a', '--fast'], "Unknown option '--fast'"],
])('%s is wrong usage, and says how it goes', async (args, message) => {
  const { code, stdout, stderr } = await run(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toContain('Usage: npm run -s history:check -- FILE')
})

test('the history that the documentation shows is one', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/understand/testing.md'), 'utf8')
  const file = join(folder, 'shown.jsonl')
  writeFileSync(file, /```jsonl\n(.*?)```/s.exec(page)![1]!)
  const { code, stdout } = await run(file)
  expect(code).toBe(0)
  expect(stdout).toContain('2 operations of 2 processes: 1 writes, 1 reads, 0 of them retries; 1 changes')
})

test('help goes to stdout', async () => {
  const { code, stdout } = await run('--help')
  expect(code).toBe(0)
  expect(stdout).toContain('Exit codes: 0 ok, 1 violation')
})
