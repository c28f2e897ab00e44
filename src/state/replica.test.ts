import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import type { ReadIndexAnswer } from './consensus.ts'
import { hashesKept, hashIntervalEntries, unflushedBytesMax, watchesMax } from './limits.ts'
import { markKey } from './storage/keys.ts'
import { MemoryKeyValue } from './storage/memory-key-value.ts'
import { LogWriter } from './testing/log-writer.ts'
import { create, drop } from './testing/named-shelf.ts'
import { Stage } from './testing/stage.ts'
import { boxes, shelves } from './testing/tables.ts'
import { put } from './write.ts'

const none = new AbortController().signal
const leading = async () => await (await Stage.open()).lead()

async function carryOut(stage: Stage, rule: Parameters<Stage['write']>[0], fields: Parameters<Stage['write']>[1] = {}) {
  const ending = stage.write(rule, fields)
  await stage.settle()
  await stage.commitNext()
  return ending.answer!
}

test('entries are applied in order, with credit for what is applied', async () => {
  const stage = await leading()
  await carryOut(stage, create('a'))
  stage.replica.onCommitted([{ index: 3, term: 1, type: 'conf_change', data: new Uint8Array([1, 2, 3]) }])
  expect(stage.replica.appliedIndex).toBe(3)
  expect(stage.credits).toEqual([1, 2, 3])
  expect(stage.replica.reader().revision).toBe(1)
})

test('an entry that does not fit is fatal, once, and nothing is done after it', async () => {
  const stage = await leading()
  stage.replica.onCommitted([{ index: 9, term: 1, type: 'normal', data: new Uint8Array() }])
  stage.replica.onCommitted([{ index: 2, term: 1, type: 'normal', data: new Uint8Array() }])
  stage.elected()
  expect(stage.fatal.map(String)).toEqual(['StateInvariantError: entry 9 follows 1'])
  expect(stage.replica.appliedIndex).toBe(1)
})

test('bytes that are no entry are fatal', async () => {
  const stage = await leading()
  stage.commit(new Uint8Array([1, 2, 3, 255]))
  expect(stage.fatal).toHaveLength(1)
})

test('a rejected batch is fatal', async () => {
  const keyValue = new MemoryKeyValue()
  const stage = await (await Stage.open(keyValue)).lead()
  keyValue.batch = () => Promise.reject(new Error('disk full'))
  await carryOut(stage, create('a'))
  expect(stage.fatal).toEqual([new Error('disk full')])
})

test('a state that the disk does not keep is fatal, and nothing of the log may be cut for it', async () => {
  const keyValue = new MemoryKeyValue()
  const stage = await (await Stage.open(keyValue)).lead()
  await carryOut(stage, create('a'))
  expect(await stage.replica.syncState()).toBe(2)
  keyValue.sync = () => Promise.reject(new Error('EIO'))
  expect(await stage.replica.syncState()).toBe(0)
  stage.elected()
  expect(stage.fatal).toEqual([new Error('EIO')])
})

test('a snapshot says how far it is; where the disk has lost that, there is none', async () => {
  const keyValue = new MemoryKeyValue()
  const stage = await (await Stage.open(keyValue)).lead()
  await carryOut(stage, create('a'))
  const { snapshot, mark } = await stage.replica.openSnapshot()
  expect([mark.index, mark.revision]).toEqual([2n, 1n])
  await snapshot.close()
  await keyValue.batch([{ key: markKey, value: undefined }], { sync: true })
  await expect(stage.replica.openSnapshot()).rejects.toThrow('the state on disk does not say how far it is')
})

test('who compares states is told of each round, until it has enough', async () => {
  const writer = new LogWriter()
  for (let at = 0; at < 2 * hashIntervalEntries; at += 1) writer.write(() => [])
  const stage = await Stage.open()
  let rounds = 0
  const end = stage.replica.onRound(() => (rounds += 1))
  stage.replica.onCommitted(writer.entries.slice(0, hashIntervalEntries))
  await stage.settle()
  expect(rounds).toBe(1)
  end()
  stage.replica.onCommitted(writer.entries.slice(hashIntervalEntries))
  await stage.settle()
  expect([rounds, stage.replica.hashes().length]).toEqual([1, 2])
})

test('applying gives the event loop back after a slice', async () => {
  const writer = new LogWriter()
  for (let at = 0; at < 10; at += 1) writer.write(create(`${at}`))
  const stage = await Stage.open()
  stage.replica.onChange(['shelf'], () => {})
  let calls = 0
  stage.clock.monotonicMs = () => (calls += 3)
  stage.replica.onCommitted(writer.entries)
  const first = stage.replica.appliedIndex
  expect(first).toBeGreaterThan(0)
  expect(first).toBeLessThan(10)
  await stage.settle()
  expect(stage.replica.appliedIndex).toBe(10)
  expect(stage.credits.length).toBeGreaterThan(1)
  expect(stage.credits.at(-1)).toBe(10)
})

test('applying waits while too much is applied and not written', async () => {
  const writer = new LogWriter()
  const rows = Math.ceil(unflushedBytesMax / 2_000_000) + 20
  for (let at = 0; at < rows; at += 1)
    writer.write(() => [put(shelves, { id: `${at}`, ballast: new Uint8Array(1_000_000) })])
  const keyValue = new MemoryKeyValue()
  const stage = await Stage.open(keyValue)
  const gates: (() => void)[] = []
  keyValue.batch = () => new Promise((resolve) => gates.push(resolve))
  stage.replica.onCommitted(writer.entries)
  await stage.settle()
  const stuck = stage.replica.appliedIndex
  expect(stuck).toBeLessThan(rows)
  expect(stage.replica.unflushedBytes).toBeGreaterThan(unflushedBytesMax)
  while (gates.length > 0) {
    gates.shift()!()
    await stage.settle()
  }
  expect(stage.replica.appliedIndex).toBe(rows)
  expect(stage.replica.flushedIndex).toBe(rows)
  expect(stage.replica.unflushedBytes).toBe(0)
})

test('a linearizable read waits for its round, and for what the round says to be applied', async () => {
  const stage = await leading()
  const read = stage.replica.linearizable(1_000)
  let isDone = false
  void read.then(() => (isDone = true))
  await stage.answerRead({ index: 2 })
  expect(isDone).toBe(false)
  stage.commit(new Uint8Array())
  expect(await read).toMatchObject({ ok: true, reader: { incarnation: 'stage' } })
  const present = stage.replica.linearizable(1_000)
  await stage.answerRead()
  expect((await present).ok).toBe(true)
})

test('linearizable reads that share a round share their answer; a later round has its own', async () => {
  const stage = await leading()
  const round = Promise.withResolvers<ReadIndexAnswer>()
  stage.joined = round.promise
  const [first, second] = [stage.replica.linearizable(1_000), stage.replica.linearizable(1_000)]
  expect(second).toBe(first)
  stage.joined = undefined
  const later = stage.replica.linearizable(1_000)
  await stage.answerRead()
  expect(await later).toMatchObject({ ok: true })
  round.resolve({ ok: false, reason: 'timeout' })
  expect(await first).toMatchObject({ ok: false })
})

test('rule 12: a linearizable read that misses its time says so, also where this peer leads, and shows applied state', async () => {
  const stage = await leading()
  const late = stage.replica.linearizable(1_000)
  await stage.answerRead({ index: 2 })
  await stage.advance(1_000)
  expect(await late).toMatchObject({ ok: false, reader: { revision: 0 } })
  const lost = stage.replica.linearizable(1_000)
  await stage.settle()
  stage.reads.shift()!({ ok: false, reason: 'timeout' })
  expect((await lost).ok).toBe(false)
})

test('who waits for a revision or an index is told when it is applied, and not before', async () => {
  const stage = await leading()
  const told: string[] = []
  const tell = (what: string) => () => void told.push(what)
  const waits = [
    stage.replica.whenRevision(1, none).then(tell('revision')),
    stage.replica.whenApplied(2, none).then(tell('index')),
  ]
  stage.write(create('a'))
  await stage.settle()
  expect(told).toEqual([])
  await stage.commitNext()
  await Promise.all(waits)
  expect(told).toHaveLength(2)
})

test('a controller is told when the term begins in which it may act, and when it ends', async () => {
  const stage = await Stage.open()
  const terms: (number | undefined)[] = []
  const end = stage.replica.onLeading((term) => terms.push(term))
  stage.elected()
  expect(terms).toEqual([])
  stage.commit(new Uint8Array())
  stage.deposed('b')
  expect(stage.replica.leader).toBe('b')
  await stage.lead()
  await stage.replica.stop()
  expect(terms).toEqual([1, undefined, 3, undefined])
  end()
})

test('who listens to a table is told soon after it changed', async () => {
  const stage = await leading()
  let told = 0
  const end = stage.replica.onChange(['shelf'], () => (told += 1))
  await carryOut(stage, create('a'))
  expect(told).toBe(1)
  end()
  await carryOut(stage, drop('a'))
  expect(told).toBe(1)
})

test('a reader shows running clocks, and request ids are drawn by log time', async () => {
  const stage = await leading()
  await carryOut(stage, create('a'))
  const read = stage.replica.reader()
  const before = read.logTimeMs
  await stage.advance(1_500)
  expect(read.logTimeMs - before).toBe(1_500)
  expect(read.timeMs).toBe(5_001_500)
  const id = stage.replica.newRequestId()
  await stage.advance(10)
  expect(stage.replica.newRequestId() > id).toBe(true)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
})

test('rule 21: hashes at round indexes are kept for comparison, and the oldest go', async () => {
  const stage = await Stage.open()
  await stage.lead()
  for (let at = 1; at < hashIntervalEntries * (hashesKept + 2); at += 1) stage.commit(new Uint8Array())
  await stage.settle()
  const hashes = stage.replica.hashes()
  expect(hashes.map(({ index }) => index / hashIntervalEntries)).toEqual(
    Array.from({ length: hashesKept }, (_, at) => at + 3),
  )
  expect(stage.replica.hash()).toEqual({ ...hashes.at(-1), index: hashIntervalEntries * (hashesKept + 2) })
})

test('a replica goes on after a restart where it was, with its rows, outcomes and log time', async () => {
  const keyValue = new MemoryKeyValue()
  const stage = await (await Stage.open(keyValue)).lead()
  const requestId = stage.requestId()
  await carryOut(stage, create('a'), { requestId })
  await carryOut(stage, (read) => {
    const [shelf] = read.all(shelves)
    return [put(boxes, { shelfId: shelf!.key, boxId: '1' })]
  })
  const before = stage.replica.hash()
  await stage.replica.stop()
  const again = await Stage.open(keyValue)
  expect(again.replica.hash()).toEqual(before)
  expect(again.replica.reader().logTimeMs).toBe(before.logTimeMs)
  await again.lead()
  const retry = again.write(create('a'), { requestId, retry: true })
  await again.settle()
  expect(retry.answer).toMatchObject({ revision: 1, replayed: true })
  const [shelf] = again.replica.reader().all(shelves)
  expect(again.replica.reader().count(boxes, 'shelf', shelf!.key)).toBe(1)
})

test('watches have a bound', async () => {
  const stage = await leading()
  const controller = new AbortController()
  const options = { afterRevision: undefined, tables: undefined, signal: controller.signal }
  const watches = Array.from({ length: watchesMax }, () => stage.replica.watch(options).next())
  await expect(stage.replica.watch(options).next()).rejects.toSatisfy((error) => isTrivetError(error, 'OVERLOADED'))
  controller.abort()
  await Promise.all(watches)
  const more = stage.replica.watch({ ...options, signal: none })
  const first = more.next()
  await carryOut(stage, create('a'))
  expect((await first).value).toMatchObject({ kind: 'change', revision: 1 })
})
