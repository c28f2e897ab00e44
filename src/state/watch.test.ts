import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import type { Bookmark, Change } from './change.ts'
import { rowIn } from './change.ts'
import { bookmarkIntervalMs, bookmarkSkippedMax, changesInMemoryMax } from './limits.ts'
import { changeKey } from './storage/keys.ts'
import { MemoryKeyValue } from './storage/memory-key-value.ts'
import { LogWriter } from './testing/log-writer.ts'
import { create, drop } from './testing/named-shelf.ts'
import { Stage } from './testing/stage.ts'
import { boxes, shelves } from './testing/tables.ts'
import type { WatchOptions } from './watch.ts'
import { put } from './write.ts'

const everything = (signal: AbortSignal, afterRevision: number | undefined = 0): WatchOptions => ({
  afterRevision,
  tables: undefined,
  signal,
})

/** Takes what a watch gives, in the background. */
function collect(stage: Stage, options: Partial<WatchOptions> = {}) {
  const controller = new AbortController()
  const seen: (Change | Bookmark)[] = []
  const failed: unknown[] = []
  const run = async () => {
    for await (const event of stage.replica.watch({ ...everything(controller.signal), ...options })) seen.push(event)
  }
  const done = run().catch((error: unknown) => failed.push(error))
  return { seen, failed, done, end: () => controller.abort() }
}

const shown = (events: readonly (Change | Bookmark)[]) => events.map(({ kind, revision }) => `${kind} ${revision}`)

/** A replica that has applied a log of `count` transactions. */
async function applied(count: number, keyValue = new MemoryKeyValue()) {
  const writer = new LogWriter()
  for (let at = 0; at < count; at += 100) {
    writer.write(...Array.from({ length: Math.min(100, count - at) }, (_, of) => create(`${at + of}`)))
  }
  const stage = await Stage.open(keyValue)
  stage.replica.onCommitted(writer.entries)
  await stage.settle()
  return { stage, writer, keyValue }
}

test('every transaction is seen once, whole, in order, with who asked and what changed', async () => {
  const stage = await (await Stage.open()).lead()
  const { seen, end, done } = collect(stage)
  stage.write(create('a'), { method: 'Create', reason: 'because', sourceAddress: '127.0.0.1:5' })
  stage.write((read) => {
    const [shelf] = read.all(shelves)
    return [put(shelves, { ...shelf!.value, counter: 1n }), put(boxes, { shelfId: shelf!.key, boxId: '1' })]
  })
  await stage.settle()
  await stage.commitNext()
  await stage.settle()
  expect(shown(seen)).toEqual(['change 1', 'change 2'])
  const [first, second] = seen as [Change, Change]
  expect(first).toMatchObject({
    principal: 'p',
    method: 'Create',
    reason: 'because',
    viaPeer: 'a',
    sourceAddress: '127.0.0.1:5',
    code: '',
  })
  expect(rowIn(shelves, first.rows[0]!.before)).toBeUndefined()
  expect(rowIn(shelves, first.rows[0]!.after)).toMatchObject({ name: 'a', counter: 0n })
  expect(second.rows.map(({ table }) => table)).toEqual(['shelf', 'box'])
  expect(rowIn(shelves, second.rows[0]!.before)).toMatchObject({ counter: 0n })
  expect(rowIn(shelves, second.rows[0]!.after)).toMatchObject({ counter: 1n })
  end()
  await done
})

test('a watch begins where it is told to, or now', async () => {
  const { stage } = await applied(5)
  const behind = collect(stage, { afterRevision: 3 })
  const now = collect(stage, { afterRevision: undefined })
  await stage.settle()
  expect(shown(behind.seen)).toEqual(['change 4', 'change 5'])
  expect(now.seen).toEqual([])
})

test('a watch of some tables sees only their rows, and passes over other transactions', async () => {
  const stage = await (await Stage.open()).lead()
  const { seen } = collect(stage, { tables: ['box'] })
  stage.write(create('a'))
  stage.write((read) => {
    const [shelf] = read.all(shelves)
    return [put(shelves, { ...shelf!.value, counter: 1n }), put(boxes, { shelfId: shelf!.key, boxId: '1' })]
  })
  stage.write(create('b'))
  await stage.settle()
  await stage.commitNext()
  expect(shown(seen)).toEqual(['change 2'])
  expect((seen[0] as Change).rows.map(({ table }) => table)).toEqual(['box'])
  await stage.advance(bookmarkIntervalMs)
  expect(shown(seen)).toEqual(['change 2', 'bookmark 3'])
  await stage.advance(bookmarkIntervalMs)
  expect(shown(seen)).toEqual(['change 2', 'bookmark 3', 'bookmark 3'])
})

test('a watch that passes over much gets a bookmark in between', async () => {
  const { stage } = await applied(bookmarkSkippedMax + 10)
  const { seen } = collect(stage, { tables: ['box'] })
  await stage.settle()
  expect(shown(seen)).toEqual([`bookmark ${bookmarkSkippedMax}`])
})

test('a watch is resumed at a peer that lags, and waits there without a bookmark', async () => {
  const { stage, writer } = await applied(5)
  const { seen } = collect(stage, { afterRevision: 6 })
  await stage.advance(bookmarkIntervalMs)
  expect(seen).toEqual([])
  writer.write(create('x'), create('y'))
  stage.replica.onCommitted(writer.entries.slice(-1))
  await stage.settle()
  expect(shown(seen)).toEqual(['change 7'])
})

test('a watch is resumed after a restart, from the disk on, and goes on without a gap', async () => {
  const { stage, writer, keyValue } = await applied(600)
  await stage.replica.stop()
  const again = await Stage.open(keyValue)
  const { seen } = collect(again, { afterRevision: 10 })
  await again.settle()
  writer.write(drop('5'))
  again.replica.onCommitted(writer.entries.slice(-1))
  await again.settle()
  expect(shown(seen)).toEqual(Array.from({ length: 591 }, (_, at) => `change ${at + 11}`))
  const last = seen.at(-1) as Change
  expect(rowIn(shelves, last.rows[0]!.before)).toMatchObject({ name: '5' })
  const stored = seen[0] as Change
  expect(rowIn(shelves, stored.rows[0]!.after)).toMatchObject({ name: '10' })
  expect(stored).toMatchObject({ principal: 'writer', reason: 'a test', viaPeer: 'a' })
})

test('a watch behind what is kept, or behind a hole in it, has to list again', async () => {
  const { stage, keyValue } = await applied(600)
  await stage.replica.stop()
  await keyValue.batch([{ key: changeKey(300), value: undefined }], { sync: false })
  const again = await Stage.open(keyValue)
  const { failed, done } = collect(again, { afterRevision: 10 })
  await again.settle()
  await done
  expect(failed[0]).toSatisfy((error) => isTrivetError(error, 'CHANGES_COMPACTED'))
  expect(String(failed[0])).toMatch(/behind revision 10 are no longer kept; the oldest kept one is 301/)
  // A hole that comes up while the process runs is no history either.
  await keyValue.batch([{ key: changeKey(400), value: undefined }], { sync: false })
  const late = collect(again, { afterRevision: 300 })
  await again.settle()
  await late.done
  expect(late.failed).toHaveLength(1)
})

test('a watcher that was up to date and falls behind by more than memory keeps is cut', async () => {
  const { stage, writer } = await applied(5)
  const controller = new AbortController()
  const watch = stage.replica.watch(everything(controller.signal, 5))
  const next = watch.next()
  writer.write(create('x'))
  stage.replica.onCommitted(writer.entries.slice(-1))
  expect((await next).value).toMatchObject({ revision: 6 })
  const from = writer.entries.length
  for (let at = 0; at <= changesInMemoryMax; at += 100) {
    writer.write(...Array.from({ length: 100 }, () => () => []))
  }
  stage.replica.onCommitted(writer.entries.slice(from))
  await stage.settle()
  await expect(watch.next()).rejects.toSatisfy((error) => isTrivetError(error, 'WATCH_TOO_SLOW'))
})

test('a watch of another incarnation is refused, and one of this is not', async () => {
  const { stage } = await applied(5)
  const wrong = collect(stage, { incarnation: 'other' })
  const right = collect(stage, { incarnation: 'stage' })
  await stage.settle()
  expect(String(wrong.failed[0])).toMatch(/belongs to incarnation other; the cluster is incarnation stage/)
  expect(right.seen).toHaveLength(5)
})

test('a watch ends when its caller goes, also in the middle, and when the replica stops', async () => {
  const { stage } = await applied(5)
  const controller = new AbortController()
  const seen: number[] = []
  for await (const event of stage.replica.watch(everything(controller.signal))) {
    seen.push(event.revision)
    if (event.revision === 2) controller.abort()
  }
  expect(seen).toEqual([1, 2])
  const idle = collect(stage)
  await stage.settle()
  await stage.replica.stop()
  await idle.done
  expect(idle.failed).toEqual([])
})
