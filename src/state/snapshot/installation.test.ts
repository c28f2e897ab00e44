import { expect, test } from 'vitest'
import { factsOf, isTrivetError, TrivetError } from '../../lib/errors.ts'
import type { Bookmark, Change } from '../change.ts'
import { outcomeAgeMsMax } from '../pure/outcomes.ts'
import { CrashingStates } from '../testing/crashing-states.ts'
import { readingFrom, sampleFacts, snapshotBytes } from '../testing/sample-snapshot.ts'
import { Stage } from '../testing/stage.ts'
import { shelves } from '../testing/tables.ts'
import { put } from '../write.ts'
import { installState } from './install-state.ts'

/**
 * A leader, and the copy that another peer has of what it committed. When the leader is cut off, and so far behind that
 * it is sent a snapshot of that copy, `install` stops it, and starts it on the state of the snapshot.
 */
async function opened() {
  const behind = await (await Stage.open()).lead()
  const ahead = await Stage.open()
  ahead.term = behind.term
  ahead.commit(new Uint8Array())
  await ahead.settle()
  const install = async (): Promise<Stage> => {
    await behind.replica.stop()
    await ahead.replica.syncState()
    const readAt = readingFrom(await snapshotBytes(ahead.keyValue))
    const directories = new CrashingStates()
    await installState({ directories, file: 'f.snapshot', readAt, clusterId: sampleFacts.clusterId })
    return Stage.open(await directories.open((await directories.current())!, { create: false }))
  }
  return { behind, ahead, install }
}

/** Writes a shelf whose id, unlike a drawn one, is another one for each name. */
const shelf = (name: string) => () => [put(shelves, { id: name, name })]

/** Two stages draw the same request ids. */
const other = { principal: 'other' }

/** Carries out a write on a leader; gives its request id. */
async function carryOut(leader: Stage, name: string): Promise<string> {
  const requestId = leader.requestId()
  const ending = leader.write(shelf(name), { ...other, requestId })
  await leader.settle()
  await leader.commitNext()
  expect(ending.answer).toBeDefined()
  return requestId
}

const namesOf = (stage: Stage) => Array.from(stage.replica.reader().all(shelves), ({ value }) => value.name).toSorted()

test('rule 23: who waits when a snapshot is installed is told that the outcome is unknown, and a retry learns it', async () => {
  const { behind, ahead, install } = await opened()
  const kept = { requestId: behind.requestId() }
  const keptWait = behind.write(shelf('kept'), kept)
  await behind.settle()
  const lost = { requestId: behind.requestId() }
  const lostWait = behind.write(shelf('lost'), lost)
  await behind.settle()
  // The majority goes on without it: what it proposed first was committed, what it proposed next was not.
  behind.deposed('b')
  ahead.commit(behind.proposals[0]!.data, 1)
  await ahead.settle()
  ahead.term = behind.term
  await ahead.lead()
  await carryOut(ahead, 'later')
  await behind.settle()
  expect([keptWait, lostWait].map(({ error }) => error)).toEqual([undefined, undefined])

  const installed = await install()
  for (const [wait, { requestId }] of [
    [keptWait, kept],
    [lostWait, lost],
  ] as const) {
    expect(wait.answer).toBeUndefined()
    expect(wait.error).toMatchObject({ code: 'OUTCOME_UNKNOWN', params: { requestId } })
  }
  await installed.lead()
  const keptRetry = installed.write(shelf('kept'), { ...kept, retry: true })
  const lostRetry = installed.write(shelf('lost'), { ...lost, retry: true })
  await installed.settle()
  expect(keptRetry.answer).toMatchObject({ revision: 1, replayed: true })
  expect(lostRetry.answer).toBeUndefined()
  await installed.commitNext()
  expect(lostRetry.answer).toMatchObject({ revision: 3, replayed: false })
  expect(namesOf(installed)).toEqual(['kept', 'later', 'lost'])
})

test('rule 23: revision, log time, floor and incarnation are those of the snapshot, so what is too old stays refused', async () => {
  const { ahead, install } = await opened()
  await ahead.lead()
  const early = await carryOut(ahead, 'early')
  await ahead.advance(outcomeAgeMsMax + 1)
  const late = await carryOut(ahead, 'late')
  const before = ahead.replica.hash()

  const installed = await (await install()).lead()
  const after = installed.replica.hash()
  expect(after).toMatchObject({ revision: 2, floor: early, logTimeMs: before.logTimeMs, hash: before.hash })
  expect(installed.replica.reader().incarnation).toBe(ahead.replica.reader().incarnation)
  expect(installed.replica.reader().logTimeMs).toBeGreaterThanOrEqual(before.logTimeMs)
  const tooOld = installed.write(shelf('again'), { ...other, requestId: early })
  const known = installed.write(shelf('again'), { ...other, requestId: late })
  await installed.settle()
  await installed.answerRead()
  expect(tooOld.error).toMatchObject({ cause: { code: 'REQUEST_ID_TOO_OLD' } })
  expect(known.answer).toMatchObject({ revision: 2, replayed: true })
  expect(installed.proposals).toEqual([])
})

test('rule 23: a watch that begins below an installed snapshot is out of range, and one that begins at it goes on', async () => {
  const { ahead, install } = await opened()
  await ahead.lead()
  for (const name of ['a', 'b', 'c']) await carryOut(ahead, name)
  const installed = await (await install()).lead()
  const controller = new AbortController()
  const watch = (afterRevision: number) =>
    installed.replica.watch({ afterRevision, tables: undefined, signal: controller.signal })
  for (const afterRevision of [0, 2]) {
    const error: unknown = await watch(afterRevision)
      .next()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TrivetError)
    if (isTrivetError(error)) expect(factsOf(error.code).grpc).toBe('OUT_OF_RANGE')
    expect(error).toMatchObject({ code: 'CHANGES_COMPACTED', params: { after: afterRevision, oldest: 4 } })
  }
  const next: Promise<IteratorResult<Change | Bookmark>> = watch(3).next()
  await carryOut(installed, 'd')
  expect((await next).value).toMatchObject({ kind: 'change', revision: 4 })
  controller.abort()
})
