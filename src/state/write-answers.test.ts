import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { EntrySchema } from '../gen/trivet/log/v1/log_pb.ts'
import { isTrivetError, trivetError } from '../lib/errors.ts'
import { refusalPauseMs } from './limits.ts'
import { NotLeader } from './not-leader.ts'
import { Refused } from './refused.ts'
import { create, drop } from './testing/named-shelf.ts'
import { Stage } from './testing/stage.ts'
import { shelves } from './testing/tables.ts'

const entryOf = (data: Uint8Array) => fromBinary(EntrySchema, data)
const codeOf = (error: unknown) =>
  error instanceof Refused ? error.cause.code : isTrivetError(error) ? error.code : error
const leading = async () => await (await Stage.open()).lead()

test('rule 10: a write is answered when it is applied, and not before', async () => {
  const stage = await leading()
  const write = stage.write(create('a'))
  await stage.settle()
  expect(write.answer).toBeUndefined()
  await stage.commitNext()
  const [shelf] = stage.replica.reader().all(shelves)
  expect(write.answer).toEqual({ revision: 1, name: shelf!.key, etag: 'stage-1', replayed: false })
})

test('rule 10: who stops waiting for what was proposed is told that its outcome is unknown', async () => {
  const stage = await leading()
  const controller = new AbortController()
  const write = stage.write(create('a'), { signal: controller.signal })
  await stage.settle()
  controller.abort()
  await stage.settle()
  expect(codeOf(write.error)).toBe('OUTCOME_UNKNOWN')
  await stage.commitNext()
  expect(stage.replica.reader().size(shelves)).toBe(1)
})

test('who stops waiting for what was not proposed is not executed', async () => {
  const stage = await Stage.open()
  stage.elected()
  const [one, other] = [new AbortController(), new AbortController()]
  const cancelled = stage.write(create('a'), { signal: one.signal })
  const late = stage.write(create('b'), { signal: other.signal })
  one.abort()
  other.abort(trivetError('DEADLINE_EXCEEDED', { what: 'the write', limitMs: 5 }))
  const never = stage.write(create('c'), { signal: one.signal })
  stage.commit(new Uint8Array())
  await stage.settle()
  expect([cancelled, late, never].map(({ error }) => codeOf(error))).toEqual([
    'CANCELLED',
    'DEADLINE_EXCEEDED',
    'CANCELLED',
  ])
  expect(stage.proposals).toEqual([])
  expect(stage.replica.writesWaiting).toBe(0)
})

test('rule 11: a refusal waits for what it stands on, and names its revision', async () => {
  const stage = await leading()
  stage.write(create('a'))
  await stage.settle()
  const refused = stage.write(create('a'))
  await stage.settle()
  await stage.answerRead()
  expect(refused.error).toBeUndefined()
  await stage.commitNext()
  expect(refused.error).toMatchObject({ name: 'Refused', revision: 1 })
})

test('rule 11: a refusal waits for a ReadIndex round that begins after the request came', async () => {
  const stage = await leading()
  const early = stage.replica.linearizable(1_000)
  const refused = stage.write(drop('a'))
  const other = stage.write(drop('b'))
  await stage.settle()
  // One round of somebody else, and one for the two refusals of this turn.
  expect(stage.reads).toHaveLength(2)
  await stage.answerRead()
  await early
  expect(refused.error).toBeUndefined()
  await stage.answerRead()
  expect([refused, other].map(({ error }) => codeOf(error))).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
})

test.for([
  ['by another leader', { leader: 'b' }],
  ['in another term', { term: 7 }],
] as const)('rule 11: a round that is answered %s is lost, and the request is evaluated again', async ([, answer]) => {
  const stage = await leading()
  const refused = stage.write(create('a'))
  await stage.settle()
  await stage.commitNext()
  const again = stage.write(create('a'))
  await stage.settle()
  await stage.answerRead(answer)
  expect(refused.error).toBeUndefined()
  expect(again.error).toBeUndefined()
  stage.write(drop('a'))
  await stage.settle()
  await stage.commitNext()
  // It was evaluated before `drop`; this round is that of the second evaluation.
  await stage.answerRead()
  expect(again.error).toMatchObject({ revision: 1 })
})

test('rule 11: a round that times out is begun again, and one that can never be answered sends the request away', async () => {
  const stage = await leading()
  const refused = stage.write(drop('a'))
  await stage.settle()
  stage.reads.shift()!({ ok: false, reason: 'timeout' })
  await stage.settle()
  expect(refused.error).toBeUndefined()
  stage.reads.shift()!({ ok: false, reason: 'stopped' })
  await stage.settle()
  expect(refused.error).toBeInstanceOf(NotLeader)
})

test('rule 11: a refusal that waits when leadership ends is evaluated by the next leader', async () => {
  const stage = await leading()
  const elsewhere = stage.write(drop('a'))
  await stage.settle()
  stage.deposed('b')
  await stage.settle()
  expect(elsewhere.error).toMatchObject({ name: 'NotLeader', leader: 'b' })
  await stage.answerRead()
  await stage.lead()
  const here = stage.write(drop('a'))
  await stage.settle()
  stage.elected()
  await stage.answerRead({ term: 3 })
  expect(here.error).toBeUndefined()
  stage.commit(new Uint8Array())
  await stage.settle()
  await stage.answerRead()
  expect(codeOf(here.error)).toBe('INVALID_REQUEST')
})

test('rule 14: the outcome of an applied request is given to every later try, and to no other request', async () => {
  const stage = await leading()
  const requestId = stage.requestId()
  stage.write(create('a'), { requestId })
  await stage.settle()
  await stage.commitNext()
  const retry = stage.write(create('a'), { requestId, retry: true })
  const other = stage.write(create('b'), { requestId, digest: new Uint8Array([2]) })
  const stranger = stage.write(create('c'), { requestId, principal: 'q' })
  await stage.settle()
  expect(retry.answer).toMatchObject({ revision: 1, etag: 'stage-1', replayed: true })
  expect(codeOf(other.error)).toBe('REQUEST_ID_REUSED')
  await stage.commitNext()
  expect(stranger.answer).toMatchObject({ revision: 2 })
})

test('rules 13 and 14: an id that is too far ahead of log time, or is none, is refused and not executed', async () => {
  const stage = await leading()
  const ahead = stage.write(create('a'), { requestId: stage.requestId(5_000_000 + 10_500) })
  const none = stage.write(create('a'), { requestId: 'x', retry: true })
  await stage.settle()
  expect(stage.proposals).toEqual([])
  await stage.answerRead()
  expect([ahead, none].map(({ error }) => codeOf(error))).toEqual(['REQUEST_ID_IN_FUTURE', 'INVALID_REQUEST'])
})

test('rule 16: of a retry with an id that is ahead nobody knows the outcome, for an earlier try may be carried out yet', async () => {
  const stage = await leading()
  const requestId = stage.requestId(5_000_000 + 10_500)
  const retry = stage.write(create('a'), { requestId, retry: true })
  await stage.settle()
  expect(codeOf(retry.error)).toBe('OUTCOME_UNKNOWN')
  expect(stage.proposals).toEqual([])
  // It was delayed, and comes when log time has caught up.
  stage.clock.monotonic += 1_000
  const first = stage.write(create('a'), { requestId })
  await stage.settle()
  await stage.commitNext()
  expect(first.answer).toMatchObject({ revision: 1 })
})

test('rule 15: another try of a request that is on its way waits for it, and shares its outcome', async () => {
  const stage = await leading()
  const requestId = stage.requestId()
  const first = stage.write(create('a'), { requestId })
  await stage.settle()
  const second = stage.write(create('a'), { requestId, retry: true })
  const misused = stage.write(create('a'), { requestId, digest: new Uint8Array([9]) })
  await stage.settle()
  expect(second.answer).toBeUndefined()
  expect(stage.proposals).toHaveLength(1)
  await stage.commitNext()
  expect(first.answer).toMatchObject({ revision: 1, replayed: false })
  expect(second.answer).toMatchObject({ revision: 1, replayed: true })
  expect(codeOf(misused.error)).toBe('REQUEST_ID_REUSED')
})

test('rule 15: when what it waits for is dropped, it is evaluated again, also if the first caller has gone', async () => {
  const stage = await leading()
  const requestId = stage.requestId()
  const controller = new AbortController()
  stage.write(create('a'), { requestId, signal: controller.signal })
  await stage.settle()
  const second = stage.write(create('a'), { requestId, retry: true })
  await stage.settle()
  controller.abort()
  await stage.refuse(1)
  await stage.advance(refusalPauseMs)
  await stage.commitNext()
  expect(second.answer).toMatchObject({ revision: 1, replayed: false })
})

test('rule 16: a first try that is refused leaves nothing, a retry leaves an outcome that every try gets', async () => {
  const stage = await leading()
  const requestId = stage.requestId()
  const first = stage.write(drop('a'), { requestId })
  await stage.settle()
  await stage.answerRead()
  expect(codeOf(first.error)).toBe('INVALID_REQUEST')
  expect(stage.proposals).toEqual([])
  const retry = stage.write(drop('a'), { requestId, retry: true })
  await stage.settle()
  expect(entryOf(stage.proposals[0]!.data).transactions[0]).toMatchObject({ outcome: { code: 'INVALID_REQUEST' } })
  await stage.commitNext()
  expect(retry.error).toMatchObject({
    name: 'Refused',
    revision: 1,
    message: expect.stringContaining('a is not there'),
  })
  stage.write(create('a'))
  await stage.settle()
  await stage.commitNext()
  const ghost = stage.write(drop('a'), { requestId })
  await stage.settle()
  expect(ghost.error).toMatchObject({ name: 'Refused', revision: 1 })
  expect(stage.replica.reader().size(shelves)).toBe(1)
})
