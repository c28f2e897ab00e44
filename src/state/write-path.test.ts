import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { EntrySchema } from '../gen/trivet/log/v1/log_pb.ts'
import { isTrivetError } from '../lib/errors.ts'
import { proposalsInFlightMax, refusalPauseMs, writesWaitingMax } from './limits.ts'
import { NotLeader } from './not-leader.ts'
import { Refused } from './refused.ts'
import type { Evaluation } from './read.ts'
import { stateVersions } from './pure/state-version.ts'
import { create, drop } from './testing/named-shelf.ts'
import { Stage } from './testing/stage.ts'
import { shelves } from './testing/tables.ts'
import type { Write } from './write.ts'
import { put } from './write.ts'

const entryOf = (data: Uint8Array) => fromBinary(EntrySchema, data)
const methodsOf = (data: Uint8Array) => entryOf(data).transactions.map(({ method }) => method)
const codeOf = (error: unknown) =>
  error instanceof Refused ? error.cause.code : isTrivetError(error) ? error.code : error
const leading = async (knows = {}) => await (await Stage.open(undefined, knows)).lead()

test('rule 2: nothing is evaluated before the first entry of the own term is applied', async () => {
  const stage = await Stage.open()
  stage.elected()
  let evaluations = 0
  stage.write(() => {
    evaluations += 1
    return []
  })
  await stage.settle()
  expect(evaluations).toBe(0)
  expect(stage.replica.leadingTerm).toBeUndefined()
  stage.commit(new Uint8Array())
  await stage.settle()
  expect(evaluations).toBe(1)
  expect(stage.replica.leadingTerm).toBe(1)
})

test('rules 1 and 2: what was on its way when leadership ended is looked up, and evaluated again only if it was lost', async () => {
  const stage = await leading()
  const kept = stage.write(create('a'))
  await stage.settle()
  const lost = stage.write(create('b'))
  await stage.settle()
  const [first] = stage.proposals.splice(0)
  stage.deposed()
  stage.elected()
  await stage.settle()
  expect([kept, lost]).toEqual([{}, {}].map(() => ({ answer: undefined, error: undefined })))
  stage.commit(first!.data, 1)
  await stage.settle()
  expect(kept.answer).toMatchObject({ revision: 1, replayed: false })
  expect(stage.proposals).toHaveLength(0)
  stage.commit(new Uint8Array())
  await stage.settle()
  expect(entryOf(stage.proposals[0]!.data)).toMatchObject({ term: 3n, previous: 0n, firstRevision: 2n })
  await stage.commitNext()
  expect(lost.answer).toMatchObject({ revision: 2, replayed: false })
  expect(stage.replica.reader().size(shelves)).toBe(2)
})

test('rule 2: what was lost under another leader is sent to that leader', async () => {
  const stage = await leading()
  const lost = stage.write(create('a'))
  await stage.settle()
  stage.deposed('b')
  await stage.settle()
  expect(lost.error).toBeUndefined()
  stage.commit(new Uint8Array())
  await stage.settle()
  expect(lost.error).toBeInstanceOf(NotLeader)
  expect(lost.error).toMatchObject({ leader: 'b' })
})

test('what was not proposed is sent away at once when leadership ends, and so is what comes later', async () => {
  const stage = await Stage.open()
  stage.elected()
  const queued = stage.write(create('a'))
  stage.deposed('c')
  const late = stage.write(create('b'))
  await stage.settle()
  expect(queued.error).toMatchObject({ name: 'NotLeader', leader: 'c' })
  expect(late.error).toMatchObject({ name: 'NotLeader', message: 'the leader is c' })
  stage.deposed('')
  const homeless = stage.write(create('b'))
  await stage.settle()
  expect(homeless.error).toMatchObject({ message: 'no leader is known' })
})

test('rule 3: a request is evaluated on what is on its way, which readers do not see', async () => {
  const stage = await leading()
  stage.write(create('a'))
  await stage.settle()
  const after = stage.write(drop('a'))
  await stage.settle()
  expect(stage.proposals).toHaveLength(2)
  expect(stage.replica.reader().size(shelves)).toBe(0)
  await stage.commitNext()
  expect(stage.replica.reader().size(shelves)).toBe(1)
  await stage.commitNext()
  expect(after.answer).toMatchObject({ revision: 2, etag: '' })
})

test('rule 4: both times are stamped once a loop turn, and a wall clock that jumps moves only what is shown', async () => {
  const stage = await leading()
  const times: (readonly [number, number])[] = []
  const look = (read: Evaluation): readonly Write[] => {
    times.push([read.timeMs, read.logTimeMs])
    stage.clock.monotonic += 1
    stage.clock.wall += 1
    return []
  }
  stage.write(look)
  stage.write(look)
  await stage.settle()
  stage.clock.wall -= 3_600_000
  stage.write(look)
  await stage.settle()
  expect(times[0]).toEqual([5_000_000, 5_000_000])
  expect(times[1]).toEqual(times[0])
  expect(times[2]).toEqual([1_400_002, 5_000_002])
  const { transactions } = entryOf(stage.proposals[0]!.data)
  expect(transactions.map(({ timeMs, logTimeMs }) => [timeMs, logTimeMs])).toEqual([
    [5_000_000n, 5_000_000n],
    [5_000_000n, 5_000_000n],
  ])
})

test('rule 5: a refusal by a limit leaves nothing in the overlay', async () => {
  const stage = await leading()
  const large = stage.write(() => [put(shelves, { id: 's', ballast: new Uint8Array(2_000_000) })])
  const small = stage.write(() => [put(shelves, { id: 's' })])
  await stage.settle()
  expect(entryOf(stage.proposals[0]!.data).transactions).toHaveLength(1)
  await stage.commitNext()
  await stage.answerRead()
  expect(codeOf(large.error)).toBe('TRANSACTION_TOO_LARGE')
  expect(small.answer).toMatchObject({ revision: 1 })
})

test('rules 6 and 8: proposals carry term, number and the number before, and numbers are never used again', async () => {
  const stage = await leading()
  for (const name of ['a', 'b', 'c']) {
    stage.write(create(name))
    await stage.settle()
  }
  expect(stage.proposals.map(({ term, number, previous }) => [term, number, previous])).toEqual([
    [1, 1, 0],
    [1, 2, 1],
    [1, 3, 2],
  ])
  await stage.refuse(2)
  await stage.refuse(3, 'gap')
  await stage.advance(refusalPauseMs)
  expect(stage.proposals.map(({ number, previous }) => [number, previous])).toEqual([
    [1, 0],
    [4, 1],
  ])
  // A late refusal of a number that was dropped hits nothing.
  await stage.refuse(3, 'gap')
  await stage.commitNext()
  stage.deposed()
  await stage.lead()
  stage.write(create('d'))
  await stage.settle()
  expect(stage.proposals.map(({ term, number, previous }) => [term, number, previous])).toEqual([
    [3, 5, 0],
    [3, 6, 5],
  ])
})

test('rule 7: what was refused is evaluated again with all behind it, the refusals on it too, in order', async () => {
  const stage = await leading()
  const first = stage.write(create('a'), { method: '1' })
  await stage.settle()
  const second = stage.write(create('b'), { method: '2' })
  const onSecond = stage.write(create('b'), { method: '3' })
  await stage.settle()
  const third = stage.write(drop('a'), { method: '4' })
  await stage.settle()
  await stage.answerRead()
  expect(onSecond.error).toBeUndefined()
  await stage.refuse(2)
  expect(stage.proposals).toHaveLength(1)
  await stage.commitNext()
  expect(first.answer).toMatchObject({ revision: 1 })
  expect(stage.proposals.map(({ data }) => methodsOf(data))).toEqual([['2', '4']])
  await stage.commitNext()
  expect(second.answer).toMatchObject({ revision: 2 })
  expect(third.answer).toMatchObject({ revision: 3 })
  await stage.answerRead()
  expect(onSecond.error).toMatchObject({ revision: 2 })
})

test('rule 7: a proposal that the worker refuses because it does not lead ends the evaluation here', async () => {
  const stage = await leading()
  const kept = stage.write(create('a'))
  await stage.settle()
  const refused = stage.write(create('b'))
  await stage.settle()
  await stage.refuse(2, 'term')
  expect(refused.error).toBeInstanceOf(NotLeader)
  expect(kept.error).toBeUndefined()
  expect(stage.replica.leadingTerm).toBeUndefined()
  await stage.commitNext()
  expect(kept.answer).toMatchObject({ revision: 1 })
})

test('rule 7: a proposal that is refused while leadership is handed over is repeated in the same term, should that fail', async () => {
  const stage = await leading()
  const write = stage.write(create('a'))
  await stage.settle()
  const term = stage.replica.leadingTerm
  await stage.refuse(1, 'transfer')
  await stage.advance(refusalPauseMs)
  expect(stage.replica.leadingTerm).toBe(term)
  expect(stage.proposals).toHaveLength(1)
  await stage.commitNext()
  expect(write.answer).toMatchObject({ revision: 1 })
})

test('a refused proposal is not repeated before something is applied, or a moment is over', async () => {
  const stage = await leading()
  stage.write(create('a'))
  await stage.settle()
  await stage.refuse(1)
  stage.write(create('b'))
  await stage.settle()
  expect(stage.proposals).toHaveLength(0)
  await stage.advance(refusalPauseMs)
  expect(entryOf(stage.proposals[0]!.data).transactions).toHaveLength(2)
})

test('rule 8: what comes in one loop turn shares an entry, and what comes while all proposals are on their way too', async () => {
  const stage = await leading()
  stage.write(create('a'))
  stage.write(create('b'))
  await stage.settle()
  expect(stage.proposals.map(({ data }) => entryOf(data).transactions.length)).toEqual([2])
  for (let at = 1; at < proposalsInFlightMax; at += 1) {
    stage.write(create(`n${at}`))
    await stage.settle()
  }
  for (let at = 0; at < 5; at += 1) {
    stage.write(create(`w${at}`))
    await stage.settle()
  }
  expect(stage.proposals).toHaveLength(proposalsInFlightMax)
  await stage.commitNext()
  expect(entryOf(stage.proposals.at(-1)!.data).transactions).toHaveLength(5)
})

test('rule 8: an entry that is full is followed by another, in the order of the evaluation', async () => {
  const stage = await leading()
  const large = (id: string) => () => [put(shelves, { id, ballast: new Uint8Array(600_000) })]
  const endings = ['a', 'b', 'c'].map((id) => stage.write(large(id)))
  await stage.settle()
  expect(stage.proposals.map(({ data }) => Number(entryOf(data).firstRevision))).toEqual([1, 2, 3])
  while (stage.proposals.length > 0) await stage.commitNext()
  expect(endings.map(({ answer }) => answer?.revision)).toEqual([1, 2, 3])
})

test('a defect of a rule reaches the caller at once, and leaves nothing', async () => {
  const stage = await leading()
  const write = stage.write(() => {
    throw new TypeError('x is undefined')
  })
  await stage.settle()
  expect(write.error).toEqual(new TypeError('x is undefined'))
  expect(stage.proposals).toEqual([])
})

test('a queue that is full refuses at once', async () => {
  const stage = await Stage.open()
  stage.elected()
  for (let at = 0; at < writesWaitingMax; at += 1) stage.write(() => [])
  const late = stage.write(() => [])
  await stage.settle()
  expect(codeOf(late.error)).toBe('OVERLOADED')
  expect(stage.replica.writesWaiting).toBe(writesWaitingMax)
})

test('evaluating gives the event loop back after a slice', async () => {
  const stage = await leading()
  const slow = (): readonly Write[] => {
    stage.clock.monotonic += 5
    return []
  }
  for (let at = 0; at < 6; at += 1) stage.write(slow)
  await stage.settle()
  expect(stage.proposals.map(({ data }) => entryOf(data).transactions.length)).toEqual([2, 2, 2])
})

test('a leader that is told again what it knows goes on', async () => {
  const stage = await leading()
  const write = stage.write(create('a'))
  await stage.settle()
  stage.replica.onLeadership({ term: 1, role: 'leader', leader: 'a', firstIndex: 1 })
  await stage.commitNext()
  expect(write.answer).toMatchObject({ revision: 1 })
})

test('an entry of the own term that this leader did not propose is fatal', async () => {
  const stage = await leading()
  stage.write(create('a'))
  await stage.settle()
  const { data } = stage.proposals[0]!
  await stage.refuse(1)
  stage.commit(data)
  await stage.settle()
  expect(String(stage.fatal[0])).toMatch(/holds proposal 1, which this leader does not know of/)
})

test('when the replica stops, what was proposed is unknown and the rest is sent away', async () => {
  const stage = await leading()
  const proposed = stage.write(create('a'))
  await stage.settle()
  const queued = stage.write(create('b'))
  await stage.replica.stop()
  await stage.settle()
  expect(codeOf(proposed.error)).toBe('OUTCOME_UNKNOWN')
  expect(queued.error).toBeInstanceOf(NotLeader)
})

test('rule 9: the first entry of a term and a change of membership have no revision, and leave the overlay alone', async () => {
  const stage = await leading()
  expect(stage.replica.appliedIndex).toBe(1)
  expect(stage.replica.reader().revision).toBe(0)
  stage.write(create('a'))
  await stage.settle()
  stage.index += 1
  stage.replica.onCommitted([{ index: stage.index, term: 1, type: 'conf_change', data: new Uint8Array([1]) }])
  await stage.settle()
  expect(stage.replica.appliedIndex).toBe(2)
  expect(stage.replica.reader().revision).toBe(0)
  // What is on its way is still seen, and the next proposal follows it.
  const after = stage.write(drop('a'))
  await stage.settle()
  expect(stage.proposals.map(({ number, previous }) => [number, previous])).toEqual([
    [1, 0],
    [2, 1],
  ])
  await stage.commitNext()
  await stage.commitNext()
  expect(after.answer).toMatchObject({ revision: 2 })
  expect(stage.fatal).toEqual([])
})

test('rule 9: what is evaluated behind a change of the state version is of the new one, in an entry of its own', async () => {
  const stage = await leading({ stateVersionMax: 2 })
  const seen: number[] = []
  const look = (read: Evaluation) => seen.push(read.stateVersion)
  stage.write(create('a'))
  stage.write((read) => {
    look(read)
    return [put(stateVersions, { version: 2 })]
  })
  stage.write((read) => {
    look(read)
    return [put(shelves, { id: 'b' })]
  })
  await stage.settle()
  expect(seen).toEqual([1, 2])
  const entries = stage.proposals.map(({ data }) => entryOf(data))
  expect(entries.map(({ stateVersion, transactions }) => [stateVersion, transactions.length])).toEqual([
    [1, 2],
    [2, 1],
  ])
  await stage.commitNext()
  await stage.commitNext()
  expect(stage.replica.reader().stateVersion).toBe(2)
  expect(stage.fatal).toEqual([])
})
