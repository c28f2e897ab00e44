import { describe, expect, test } from 'vitest'
import { HistoryBuilder } from './format/history-builder.ts'
import type { End, HistoryEvent } from './format/history-event.ts'
import type { History } from './format/history.ts'
import type { Get, Result } from './format/operation.ts'
import { checkLinearizability } from './linearizability/linearizability-checker.ts'
import { checkRevisions } from './revision/revision-checker.ts'
import { longPlan } from './testing/long-plan.ts'
import { eventsOf } from './testing/planned-history.ts'
import { get, put, refused, shows, Story, unknown } from './testing/story.ts'

const calls = 50_000
const events = eventsOf(longPlan({ seed: 1, calls, keys: 20, clients: 16, lostPerMille: 10 }))

function historyOf(lines: readonly HistoryEvent[]): History {
  const builder = new HistoryBuilder()
  for (const line of lines) builder.add(line)
  return builder.build()
}

describe(`a history of ${calls} calls`, () => {
  test('that is right costs the search a step for each call and row, and the replay is not given up', () => {
    const history = historyOf(events)
    expect(checkRevisions(history)).toEqual({ kind: 'ok' })
    const { kind, steps } = checkLinearizability(history)
    expect(kind).toBe('ok')
    const rowsSeen = history.operations.reduce((sum, { operation }) => sum + (operation.kind === 'list' ? 20 : 1), 0)
    expect(steps).toBeLessThan(1.1 * rowsSeen)
  })

  test('in which the last read shows what the first one of that row did is found to be wrong there', () => {
    const { operations } = historyOf(events)
    const reads = operations.filter(
      ({ operation, result }) => operation.kind === 'get' && 'row' in result && result.row,
    )
    const last = reads.at(-1)!
    const key = (last.operation as Get).key
    const first = reads.find(({ operation }) => (operation as Get).key === key)!
    const row = (first.result as Extract<Result, { kind: 'ok' }>).row!
    const end = events[last.end - 1] as End
    const history = historyOf(events.with(last.end - 1, { ...end, result: { ...last.result, row } as Result }))
    expect(checkRevisions(history)).toMatchObject({
      kind: 'violation',
      first: { kind: 'wrong_result', line: last.end },
    })
    expect(checkLinearizability(history)).toMatchObject({ kind: 'violation', first: { line: last.end } })
  })
})

describe('a search that is given up', () => {
  test('by the replay is unknown, and never ok', () => {
    const story = new Story()
    for (let count = 0; count < 20; count++) story.call('a', put('x', `${count}`, 'present'), unknown)
    story.call('a', put('x', 'first'), unknown).call('b', put('x', 'b', 'absent'), refused('present', 30))
    expect(checkRevisions(story.history, { stepsMax: 2 })).toMatchObject({ kind: 'unknown' })
    expect(checkRevisions(story.history)).toEqual({ kind: 'ok' })
  })

  test('for one row does not hide that another one is wrong', () => {
    const story = new Story()
    const open = Array.from({ length: 16 }, (_, index) => story.begin(`c${index}`, put('hard', `${index}`)))
    const read = story.begin('r', get('hard'))
    for (const each of open) each.end({ kind: 'ok' })
    read.end({ kind: 'ok', row: { value: 'nobody' } })
    expect(checkLinearizability(story.history, { stepsMax: 500 })).toMatchObject({ kind: 'unknown' })
    story.call('a', get('easy'), { kind: 'ok', row: { value: 'nobody' } })
    expect(checkLinearizability(story.history, { stepsMax: 500 })).toMatchObject({ kind: 'violation', count: 1 })
  })

  test('because time is over is unknown', () => {
    const story = new Story()
    const open = Array.from({ length: 16 }, (_, index) => story.begin(`c${index}`, put('x', `${index}`)))
    const read = story.begin('r', get('x'))
    for (const each of open) each.end({ kind: 'ok' })
    read.end({ kind: 'ok', row: { value: 'nobody' } })
    const { kind, steps } = checkLinearizability(story.history, { isLate: () => true })
    expect(kind).toBe('unknown')
    expect(steps).toBeLessThan(10_000)
  })
})

test('writes of unknown outcome to several rows that need the same revision are not called right', () => {
  const story = new Story()
  for (const key of ['x', 'y']) story.call('a', put(key, 'lost', 'absent'), unknown)
  story
    .call('b', put('x', '1', 'absent'), refused('present', 1))
    .call('b', put('y', '1', 'absent'), refused('present', 1))
  expect(checkRevisions(story.history)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('compete') })
})

test('of writes that look alike, the one that had begun is taken', () => {
  const story = new Story().call('a', get('x'), { kind: 'ok', revision: 5, row: null })
  story.call('a', put('x', 'same'), unknown)
  story.call('b', get('x'), shows('same', { row: 7, at: 7 })).call('a', put('x', 'same'), unknown)
  expect(checkRevisions(story.history)).toEqual({ kind: 'ok' })
  story.call('b', get('x'), shows('same', { row: 6, at: 8 }))
  expect(checkRevisions(story.history)).toMatchObject({ kind: 'violation' })
})
