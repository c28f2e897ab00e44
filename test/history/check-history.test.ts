import { describe, expect, test } from 'vitest'
import { checkHistory } from './check-history.ts'
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
  Story,
  unknown,
} from './testing/story.ts'

/** What both say, and why. */
function judged(story: Story) {
  const { verdict, revisions, linearizability } = checkHistory(story.history)
  const found = (of: typeof revisions) => (of.kind === 'violation' ? of.first.kind : of.kind)
  return { verdict, revisions: found(revisions), linearizability: found(linearizability) }
}

const right = { verdict: 'ok', revisions: 'ok', linearizability: 'ok' }

/** Both checkers see it. */
function wrong(kind: string) {
  return { verdict: 'violation', revisions: kind, linearizability: 'not_linearizable' }
}

/** Only revisions tell: without them the answers can be put into an order. */
function wrongByRevision(kind: string) {
  return { verdict: 'violation', revisions: kind, linearizability: 'ok' }
}

describe('a history is right', () => {
  test('in which one client writes, reads and deletes', () => {
    const story = new Story()
      .call('a', put('x', '1', 'absent'), ok(1))
      .call('a', get('x'), shows('1', { row: 1, at: 1 }))
      .call('a', put('x', '2', { revision: 1 }), ok(4))
      .call('a', put('x', '3', { revision: 1 }), refused('changed', 4))
      .call('a', list(''), showsRows(4, ['x', '2', 4]))
      .call('a', remove('x'), ok(5))
      .call('a', remove('x'), refused('absent', 6))
      .call('a', get('x'), showsNothing(6))
    expect(judged(story)).toEqual(right)
  })

  test('in which a read that overlaps a write shows what was before, or what came of it', () => {
    const story = new Story({ revision: 3, rows: [{ key: 'x', value: '0', revision: 2 }] })
    const write = story.begin('a', put('x', '1'))
    story.call('b', get('x'), shows('0', { row: 2, at: 3 })).call('c', get('x'), shows('1', { row: 4, at: 4 }))
    write.end(ok(4))
    expect(judged(story)).toEqual(right)
  })

  test('in which a write of unknown outcome happens long afterwards', () => {
    const story = new Story()
      .call('a', put('x', 'late'), unknown)
      .call('b', put('x', '1'), ok(1))
      .call('b', get('x'), shows('1', { row: 1, at: 1 }))
      .call('b', get('x'), shows('late', { row: 2, at: 2 }))
      .call('b', put('x', '2', { revision: 2 }), ok(3))
    expect(judged(story)).toEqual(right)
  })

  test('in which writes of unknown outcome never happen', () => {
    const story = new Story().call('a', put('x', 'lost'), unknown).call('a', put('x', 'lost too'), failed)
    story.begin('a', remove('x'))
    story.call('b', put('x', '1', 'absent'), ok(1)).call('b', get('x'), shows('1', { row: 1, at: 9 }))
    expect(judged(story)).toEqual(right)
  })

  test('in which only a refusal shows that a write of unknown outcome has happened', () => {
    const story = new Story()
      .call('a', put('x', '1', 'absent'), unknown)
      .call('b', put('x', '2', 'absent'), refused('present', 3))
      .call('b', remove('x'), ok(4))
      .call('b', get('x'), showsNothing(4))
    expect(judged(story)).toEqual(right)
  })

  test('in which a write of unknown outcome needs another one first', () => {
    const story = new Story({ revision: 1, rows: [{ key: 'x', value: '0', revision: 1 }] })
      .call('a', put('x', '1', 'absent'), unknown)
      .call('a', remove('x', 1), unknown)
      .call('b', get('x'), shows('1', { row: 3, at: 5 }))
    expect(judged(story)).toEqual(right)
  })

  test('in which a write that nobody was told of is first seen by what was carried out on it', () => {
    const story = new Story()
      .call('a', put('x', '1'), unknown)
      .call('b', put('x', '2', { revision: 3 }), ok(4))
      .call('c', staleGet('x'), shows('1', { row: 3, at: 3 }))
    expect(judged(story)).toEqual(right)
  })

  test('in which a stale read shows what is over', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('a', put('x', '2'), ok(2))
      .call('b', staleGet('x'), shows('1', { row: 1, at: 1 }))
    expect(judged(story)).toEqual(right)
  })

  test('in which every try of a request gets the outcome of the first', () => {
    const write = put('x', '1', 'absent')
    const story = new Story()
      .call('a', write, unknown, { request: 'r' })
      .call('b', put('x', '2'), ok(2))
      .call('a', write, ok(1), { request: 'r', retry: true })
      .call('a', write, ok(1), { request: 'r', retry: true })
      .call('a', get('x'), shows('2', { row: 2, at: 2 }))
    expect(judged(story)).toEqual(right)
  })

  test('in which a first try is refused and leaves nothing, so that a later one is carried out', () => {
    const write = put('x', '2', 'absent')
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('a', write, refused('present', 1), { request: 'r' })
      .call('a', remove('x'), ok(2))
      .call('a', write, ok(3), { request: 'r' })
    expect(judged(story)).toEqual(right)
  })

  test('in which a watcher sees what was told, what was not, and what strangers did', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1), { request: 'r1' })
      .call('a', put('x', '2'), unknown, { request: 'r2' })
      .call('a', put('x', '3', 'absent'), refused('present', 4), { request: 'r3', retry: true })
      .change(1, 'r1')
      .change(2, 'stranger')
      .change(3, 'r2')
      .change(4, 'r3', 'refused')
      .call('a', get('x'), shows('2', { row: 3, at: 4 }))
    expect(judged(story)).toEqual(right)
  })
})

describe('a history is wrong', () => {
  test('in which a read shows what was overwritten before it began', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('a', put('x', '2'), ok(2))
      .call('b', get('x'), shows('1', { row: 1, at: 1 }))
    expect(judged(story)).toEqual(wrong('real_time'))
  })

  test('in which a read shows what was overwritten, and claims that it is as new as that', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('a', put('x', '2'), ok(2))
      .call('b', get('x'), shows('1', { row: 1, at: 2 }))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which an update is lost: two are carried out on the same version', () => {
    const story = new Story().call('a', put('x', '1'), ok(1))
    const one = story.begin('a', put('x', '2', { revision: 1 }))
    story.call('b', put('x', '3', { revision: 1 }), ok(3))
    one.end(ok(2))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which a request is carried out twice, and its row comes back', () => {
    const write = put('x', '1')
    const story = new Story()
      .call('a', write, unknown, { request: 'r' })
      .call('a', write, ok(1), { request: 'r', retry: true })
      .call('b', put('x', '2'), ok(2))
      .call('b', get('x'), shows('1', { row: 3, at: 3 }))
    expect(judged(story)).toEqual(wrong('phantom_row'))
  })

  test('in which two tries of a request are told two revisions', () => {
    const write = put('x', '1')
    const story = new Story()
      .call('a', write, ok(1), { request: 'r' })
      .call('a', write, ok(2), { request: 'r', retry: true })
    expect(judged(story)).toEqual(wrongByRevision('executed_twice'))
  })

  test('in which a request is refused to a retry and carried out for another one', () => {
    const write = put('x', '1', 'absent')
    const story = new Story({ revision: 1, rows: [{ key: 'x', value: '0', revision: 1 }] })
      .call('a', write, refused('present', 1), { request: 'r', retry: true })
      .call('b', remove('x'), ok(2))
      .call('a', write, ok(3), { request: 'r', retry: true })
    expect(judged(story)).toEqual(wrongByRevision('outcome_changed'))
  })

  test('in which a request is carried out, and its next try is refused', () => {
    const write = put('x', '1', 'absent')
    const story = new Story().call('a', write, ok(1), { request: 'r' })
    const late = story.call('a', write, refused('present', 1), { request: 'r' })
    expect(judged(late)).toEqual(wrongByRevision('outcome_changed'))
  })

  test('in which two retries are refused by two revisions: the first one was to stay', () => {
    const story = new Story()
      .call('a', remove('x'), refused('absent', 1), { request: 'r', retry: true })
      .call('a', remove('x'), refused('absent', 2), { request: 'r', retry: true })
    expect(judged(story)).toEqual(wrongByRevision('outcome_changed'))
  })

  test('in which an acknowledged write is lost', () => {
    const story = new Story().call('a', put('x', '1', 'absent'), ok(1)).call('b', get('x'), showsNothing(1))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which an acknowledged write is lost, and only a list shows it', () => {
    const story = new Story()
      .call('a', put('x', '1', 'absent'), ok(1))
      .call('a', put('y', '2', 'absent'), ok(2))
      .call('b', list(''), showsRows(2, ['y', '2', 2]))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which somebody was shown a write that is lost later', () => {
    const story = new Story()
    story.begin('a', put('x', '1'))
    story.call('b', get('x'), shows('1', { row: 1, at: 1 })).call('b', get('x'), showsNothing(2))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which a write of unknown outcome happens twice', () => {
    const story = new Story()
    story.begin('a', put('x', '1'))
    story
      .call('b', get('x'), shows('1', { row: 1, at: 1 }))
      .call('b', put('x', '2'), ok(2))
      .call('b', get('x'), shows('1', { row: 3, at: 3 }))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which a write that failed for sure is shown', () => {
    const story = new Story().call('a', put('x', '1'), failed).call('b', get('x'), shows('1', { row: 1, at: 1 }))
    expect(judged(story)).toEqual(wrong('phantom_row'))
  })

  test('in which a row is shown that nobody wrote', () => {
    const story = new Story().call('a', put('x', '1'), ok(1)).call('b', get('x'), shows('7', { row: 1, at: 1 }))
    expect(judged(story)).toEqual(wrong('phantom_row'))
  })

  test('in which a deposed leader refuses what another one has acknowledged', () => {
    const story = new Story()
      .call('a', put('x', '1', 'absent'), ok(4))
      .call('b', put('x', '2', 'present'), refused('absent', 3))
    expect(judged(story)).toEqual(wrong('real_time'))
  })

  test('in which a refusal is not what the row of its revision gives', () => {
    const story = new Story().call('a', put('x', '1', 'absent'), ok(4)).call('b', remove('x', 4), refused('changed', 4))
    expect(judged(story)).toEqual(wrong('wrong_result'))
  })

  test('in which a request is refused to its retry, and carried out all the same', () => {
    const write = put('x', '2', 'absent')
    const story = new Story().call('a', put('x', '1'), ok(1))
    const ghost = story.begin('a', write, { request: 'r' })
    story
      .call('a', write, refused('present', 1), { request: 'r', retry: true })
      .call('a', remove('x'), ok(2))
      .call('b', get('x'), shows('2', { row: 3, at: 3 }))
    ghost.end(unknown)
    expect(judged(story)).toEqual(wrong('phantom_row'))
  })

  test('in which real time is not the order of revisions', () => {
    const story = new Story().call('a', put('x', '1'), ok(2)).call('a', put('y', '2'), ok(1))
    expect(judged(story)).toEqual(wrongByRevision('real_time'))
  })

  test('in which revisions go back for a reader', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('b', get('y'), showsNothing(3))
      .call('b', get('x'), shows('1', { row: 1, at: 2 }))
    expect(judged(story)).toEqual(wrongByRevision('real_time'))
  })

  test('in which two writes have one revision', () => {
    const story = new Story()
    const one = story.begin('a', put('x', '1'))
    story.call('b', put('y', '2'), ok(1))
    one.end(ok(1))
    expect(judged(story)).toEqual(wrongByRevision('revision_reused'))
  })

  test('in which a list shows one row as it was, and another as it became', () => {
    const story = new Story()
    const writes = [story.begin('a', put('x', '1')), story.begin('b', put('y', '2'))]
    story.call('c', list(''), showsRows(2, ['y', '2', 2]))
    for (const [at, write] of writes.entries()) write.end(ok(at + 1))
    expect(judged(story)).toEqual(wrongByRevision('wrong_result'))
  })

  test.each([['x', 'x'], ['y']])('in which a list shows what it should not: %s %s', (...keys) => {
    const rows = keys.map((key) => [key, '1', 1] as const)
    const story = new Story().call('a', put(keys[0], '1'), ok(1)).call('a', list('x'), showsRows(1, ...rows))
    expect(judged(story).revisions).toBe('wrong_result')
  })

  test('in which a stale read shows what never was', () => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1))
      .call('a', put('x', '2'), ok(2))
      .call('b', staleGet('x'), shows('1', { row: 1, at: 2 }))
    expect(judged(story)).toEqual(wrongByRevision('wrong_result'))
  })

  test('in which a write of unknown outcome would have to happen where every revision is taken', () => {
    const story = new Story()
      .call('a', remove('x'), unknown)
      .call('b', put('x', '1', 'absent'), ok(1))
      .call('b', put('y', '1'), ok(2))
      .call('b', get('x'), showsNothing(2))
    expect(judged(story)).toEqual(wrongByRevision('wrong_result'))
  })

  test.each([
    ['leaves one out', (story: Story) => story.change(1, 'r1').change(3, 'r3')],
    ['goes back', (story: Story) => story.change(1, 'r1').change(1, 'r1')],
    ['shows another request', (story: Story) => story.change(1, 'r2')],
    ['says that it was refused', (story: Story) => story.change(1, 'r1', 'refused')],
    ['shows it at another revision', (story: Story) => story.change(2, 'r1')],
    ['shows what failed for sure', (story: Story) => story.change(2, 'failed')],
    ['is not the same for all', (story: Story) => story.change(1, 'r1').change(1, 'r9', 'ok', 'other')],
  ])('in which the change stream %s', (_how, told) => {
    const story = new Story()
      .call('a', put('x', '1'), ok(1), { request: 'r1' })
      .call('a', put('x', '2'), failed, { request: 'failed' })
    expect(judged(told(story))).toEqual(wrongByRevision('change_stream'))
  })

  test('in which the change stream shows a request twice', () => {
    const story = new Story().call('a', put('x', '1'), ok(1), { request: 'r1' }).change(1, 'r1').change(2, 'r1')
    expect(judged(story)).toEqual(wrongByRevision('executed_twice'))
  })

  test('in which a write of unknown outcome happens where somebody watched, and saw none', () => {
    const story = new Story()
      .call('a', put('x', '1'), unknown, { request: 'r1' })
      .change(1, 'stranger')
      .change(2, 'stranger too')
      .call('b', put('x', '2', 'absent'), refused('present', 2), { request: 'r2' })
    expect(judged(story)).toEqual(wrongByRevision('wrong_result'))
  })
})

describe('without revisions', () => {
  test('the search alone judges', () => {
    const row = (value: string) => ({ kind: 'ok', row: { value } }) as const
    const story = new Story()
      .call('a', put('x', '1'), { kind: 'ok' })
      .call('a', put('x', '2'), { kind: 'ok' })
      .call('b', get('x'), row('2'))
    expect(judged(story)).toEqual({ ...right, revisions: 'not_applicable' })
    expect(judged(story.call('b', get('x'), row('1')))).toEqual({ ...wrong('not_applicable') })
  })
})

test('a violation is told with the lines, the row, and what was open', () => {
  const story = new Story()
  story.begin('a', put('x', '1'))
  story
    .call('b', put('x', '2'), ok(2))
    .call('c', get('x'), shows('2', { row: 2, at: 2 }))
    .call('c', get('x'), showsNothing(3))
  const { revisions, linearizability } = checkHistory(story.history)
  expect(revisions).toEqual({
    kind: 'violation',
    count: 1,
    first: {
      kind: 'wrong_result',
      line: 8,
      text: 'at revision 3: get x by c (lines 7 to 8): no row at revision 3, but there the row is "2" of revision 2; the one write of unknown outcome to it does not explain it',
    },
  })
  expect(linearizability).toMatchObject({
    kind: 'violation',
    count: 1,
    first: {
      kind: 'not_linearizable',
      line: 8,
      text: 'no order of the calls on x explains get x by c (lines 7 to 8): no row at revision 3; what was answered before is explained by put x = "2" by b (lines 3 to 4), then get x by c (lines 5 to 6), behind which the row is "2" of revision 2; open were put x = "1" by a (line 2, never answered)',
    },
  })
})

test('a history is counted', () => {
  const story = new Story()
    .call('a', put('x', '1'), unknown, { request: 'r' })
    .call('a', put('x', '1'), ok(1), { request: 'r', retry: true })
    .call('b', remove('y'), refused('absent', 1))
    .call('b', remove('y'), failed)
    .call('b', get('x'), shows('1', { row: 1, at: 1 }))
    .call('c', list(''), showsRows(1, ['x', '1', 1]))
    .change(1, 'r')
  expect(checkHistory(story.history).counts).toEqual({
    operations: 6,
    writes: 4,
    reads: 2,
    ok: 3,
    refused: 1,
    unknown: 1,
    failed: 1,
    retries: 1,
    processes: 3,
    changes: 1,
  })
})
