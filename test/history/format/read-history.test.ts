import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { HistoryFile } from '../history-file.ts'
import type { Sink } from '../history-recorder.ts'
import { HistoryRecorder } from '../history-recorder.ts'
import {
  failed,
  get,
  list,
  ok,
  put,
  refused,
  remove,
  shows,
  showsNothing,
  showsRows,
  staleGet,
} from '../testing/story.ts'
import { HistoryBuilder } from './history-builder.ts'
import type { HistoryEvent } from './history-event.ts'
import { never } from './history.ts'
import { historyLimits, readHistory } from './read-history.ts'

const folder = mkdtempSync(join(tmpdir(), 'history-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0

function written(...lines: readonly string[]): string {
  const file = join(folder, `${files++}.jsonl`)
  writeFileSync(file, lines.join('\n'))
  return file
}

const start = '{"event":"start","history":1}'
const begin = '{"event":"begin","op":0,"process":"a","at":1,"kind":"put","key":"x","value":"1"}'
const end = '{"event":"end","op":0,"at":2,"result":"ok","revision":1}'

/** Everything that a recorder can say. */
function recordAll(sink: Sink): void {
  let now = 0
  const recorder = new HistoryRecorder({
    sink,
    now: () => now++ / 8,
    start: { revision: 3, rows: [{ key: 'x', value: '0', revision: 2 }], about: { seed: 7 } },
  })
  recorder.begin('a', put('x', '1')).end(ok(4))
  recorder.begin('a', put('x', 'ü\n"', 'absent'), { request: 'r' }).end({ kind: 'unknown' })
  recorder.begin('a', put('x', 'ü\n"', 'absent'), { request: 'r', retry: true }).end(refused('present', 5))
  recorder.begin('b', put('x', '', { revision: 4 })).end(failed)
  recorder.begin('b', remove('x'))
  recorder.begin('b', remove('x', 9)).end(refused('changed', 5))
  recorder.begin('c', get('x')).end(shows('1', { row: 4, at: 5 }))
  recorder.begin('c', get('y')).end(showsNothing(5))
  recorder.begin('c', staleGet('x')).end({ kind: 'ok', revision: 4, row: { value: '1' } })
  recorder.begin('c', { ...list('x'), stale: true } as ReturnType<typeof list>).end(showsRows(5, ['x', '1', 4]))
  recorder.change('w', { revision: 4, outcome: 'ok' })
  recorder.change('w', { revision: 5, outcome: 'refused', request: 'r' })
}

test('what is recorded into a file is read as it was recorded', async () => {
  const file = join(folder, 'all.jsonl')
  const builder = new HistoryBuilder()
  {
    using written_ = new HistoryFile(file)
    recordAll((event) => {
      written_.sink(event)
      builder.add(event)
    })
  }
  const history = builder.build()
  expect(await readHistory(file)).toEqual(history)
  expect(history.operations).toHaveLength(10)
  expect(history.operations[0]).toEqual({
    process: 'a',
    operation: { kind: 'put', key: 'x', value: '1' },
    request: undefined,
    retry: false,
    begin: 2,
    end: 3,
    result: { kind: 'ok', revision: 4 },
  })
  expect(history.operations[4]).toMatchObject({ end: never, result: { kind: 'unknown' } })
  expect(history.changes.map(({ line, revision }) => [line, revision])).toEqual([
    [21, 4],
    [22, 5],
  ])
})

test('a file is not written over', () => {
  const file = written(start)
  expect(() => new HistoryFile(file)).toThrow(/EEXIST/)
})

test('a clock that goes back does not make a history that does', () => {
  const events: HistoryEvent[] = []
  const times = [5, 3, 6]
  const recorder = new HistoryRecorder({ sink: (event) => events.push(event), now: () => times.shift()! })
  recorder.begin('a', get('x')).end(showsNothing(0))
  recorder.change('w', { revision: 1, outcome: 'ok' })
  expect(events.slice(1).map((event) => 'at' in event && event.at)).toEqual([5, 5, 6])
  expect(recorder.operations).toBe(1)
})

test('lines are read whole, wherever the file is cut into pieces, the last one also without an end', async () => {
  const value = 'é'.repeat(700_000)
  const file = written(start, begin.replace('"1"', `"${value}"`), end)
  const { operations } = await readHistory(file)
  expect(operations[0]!.operation).toEqual(put('x', value))
  expect(operations[0]!.end).toBe(3)
})

describe('a line that is wrong is named with what is wrong:', () => {
  test.each<[string, readonly string[], number, RegExp]>([
    ['an empty file', [], 1, /the file is empty/],
    ['no operations', [start], 1, /the history has no operations/],
    ['no start', [begin], 1, /a history begins with its start/],
    ['a second start', [start, start], 2, /one start, in its first line/],
    ['another version', ['{"event":"start","history":2}'], 1, /"history" is version 2; this program reads 1/],
    ['a torn line', [start, begin, '{"event":"end","op'], 3, /the line is not whole JSON/],
    ['an empty line', [start, '', begin], 2, /the line is not whole JSON/],
    ['no object', [start, '[]'], 2, /the line is not a JSON object/],
    ['an unknown event', [start, '{"event":"stop"}'], 2, /"event" is "stop", not one of start, begin, end, change/],
    ['a missing field', [start, begin.replace('"at":1,', '')], 2, /"at" is missing/],
    ['a misspelt field', [start, begin.replace('"value"', '"if_":"absent","value"')], 2, /"if_" has no meaning there/],
    ['a value for a read', [start, begin.replace('put', 'get')], 2, /"value" has no meaning there/],
    ['a key that is no text', [start, begin.replace('"x"', '7')], 2, /"key" is 7, not a text/],
    ['an empty key', [start, begin.replace('"x"', '""')], 2, /"key" is empty/],
    ['a time that is none', [start, begin.replace(':1,"kind"', ':"1","kind"')], 2, /"at" is "1", not a number/],
    ['a retry that is no retry', [start, begin.replace('}', ',"request":"r","retry":false}')], 2, /"retry" is false/],
    ['a retry of nothing', [start, begin.replace('}', ',"retry":true}')], 2, /a retry needs the request id/],
    [
      'a request that reads',
      [start, '{"event":"begin","op":0,"process":"a","at":1,"kind":"get","key":"x","request":"r"}'],
      2,
      /only a write has a request id/,
    ],
    [
      'a condition that is none',
      [start, begin.replace('}', ',"if":"new"}')],
      2,
      /"if" is "new", not one of absent, present/,
    ],
    [
      'a condition with more',
      [start, begin.replace('}', ',"if":{"revision":1,"or":2}}')],
      2,
      /"if".or has no meaning there/,
    ],
    [
      'a deletion of nothing',
      [start, '{"event":"begin","op":0,"process":"a","at":1,"kind":"delete","key":"x","if":"absent"}'],
      2,
      /"if" of a delete is/,
    ],
    ['an operation twice', [start, begin, begin], 3, /operation 0 has begun already/],
    ['two ends', [start, begin, end, end], 4, /operation 0 has ended already, in line 3/],
    ['an end of nothing', [start, end], 2, /operation 0 has not begun/],
    ['time that goes back', [start, begin, end.replace(':2', ':0')], 3, /"at" goes back from 1 to 0/],
    [
      'a half revision',
      [start, begin, end.replace('"revision":1', '"revision":1.5')],
      3,
      /not a whole number from 0 on/,
    ],
    ['an unknown result', [start, begin, end.replace('ok', 'lost')], 3, /"result" is "lost"/],
    ['an unknown reason', [start, begin, end.replace('"ok"', '"refused","reason":"busy"')], 3, /"reason" is "busy"/],
    ['a write that shows a row', [start, begin, end.replace('}', ',"row":null}')], 3, /a put has no "row"/],
    [
      'a read without a row',
      [start, begin.replace('put', 'get').replace(',"value":"1"', ''), end],
      3,
      /a get that is ok shows its "row"/,
    ],
    [
      'a read that is refused',
      [
        start,
        begin.replace('put', 'get').replace(',"value":"1"', ''),
        end.replace('"ok"', '"refused","reason":"absent"'),
      ],
      3,
      /a get is never refused/,
    ],
    [
      'rows that are none',
      [
        start,
        begin.replace('put","key":"x","value":"1"', 'list","prefix":"x"'),
        end.replace('}', ',"rows":[{"key":"x"}]}'),
      ],
      3,
      /"rows"\[0\].value is missing/,
    ],
    [
      'another request of the same id',
      [
        start,
        begin.replace('}', ',"request":"r"}'),
        begin.replace('"op":0', '"op":1').replace('"1"', '"2"').replace('}', ',"request":"r"}'),
      ],
      3,
      /request r is another one than in line 2/,
    ],
    [
      'some revisions',
      [
        start,
        begin,
        end,
        begin.replace('"op":0', '"op":1').replace('"at":1', '"at":3'),
        '{"event":"end","op":1,"at":4,"result":"ok"}',
      ],
      5,
      /the answer of line 5 names no revision, that of line 3 does/,
    ],
    [
      'a start that is not over',
      ['{"event":"start","history":1,"revision":1,"rows":[{"key":"x","value":"","revision":2}]}'],
      1,
      /row x is of revision 2, behind the start/,
    ],
    [
      'a start with a row twice',
      [
        '{"event":"start","history":1,"revision":1,"rows":[{"key":"x","value":"","revision":1},{"key":"x","value":"","revision":1}]}',
      ],
      1,
      /row x is there twice/,
    ],
  ])('%s', async (_what, lines, line, reason) => {
    const file = written(...lines)
    await expect(readHistory(file)).rejects.toMatchObject({
      name: 'HistoryError',
      file,
      line,
      reason: expect.stringMatching(reason),
    })
    await expect(readHistory(file)).rejects.toThrow(`${file}:${line}: `)
  })

  test('bytes that are no UTF-8', async () => {
    const file = join(folder, 'bytes.jsonl')
    writeFileSync(file, Buffer.concat([Buffer.from(`${start}\n`), Buffer.from([0x22, 0xff, 0x22])]))
    await expect(readHistory(file)).rejects.toMatchObject({ line: 2 })
  })
})

describe('a history over a limit is refused with the limit:', () => {
  test.each([
    ['its size', { sizeBytesMax: 100 }, 1, /the file has \d+ bytes; 100 are the most/],
    ['its lines', { linesMax: 2 }, 3, /the file has more than 2 lines/],
    ['one line', { lineBytesMax: 10 }, 3, /the line has more than 10 bytes/],
  ])('%s', async (_what, limit, line, reason) => {
    const file = written(start, begin, end)
    const reading = readHistory(file, { ...historyLimits, ...limit })
    await expect(reading).rejects.toMatchObject({ line, reason: expect.stringMatching(reason) })
  })
})

test('a file that is not there is an error of the file system', async () => {
  await expect(readHistory(join(folder, 'nothing'))).rejects.toThrow(/ENOENT/)
})
