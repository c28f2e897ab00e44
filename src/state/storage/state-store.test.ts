import { expect, test } from 'vitest'
import { changeKey, rowKey } from './keys.ts'
import type { KeyValue, KeyValueOperation } from './key-value.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { StateStore } from './state-store.ts'
import { ChangeExtent } from './change-extent.ts'
import type { Step } from '../testing/log-writer.ts'
import { LogWriter } from '../testing/log-writer.ts'
import { shelves } from '../testing/tables.ts'
import { put, remove } from '../write.ts'

/** A store whose batches wait until they are let through. */
class SlowKeyValue extends MemoryKeyValue {
  readonly #gates: (() => void)[] = []
  readonly batches: (readonly KeyValueOperation[])[] = []

  override async batch(operations: readonly KeyValueOperation[], options: { readonly sync: boolean }): Promise<void> {
    this.batches.push(operations)
    await new Promise<void>((resolve) => this.#gates.push(resolve))
    await super.batch(operations, options)
  }

  async letThrough(): Promise<void> {
    await Promise.resolve()
    this.#gates.shift()!()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function storeOver(keyValue: KeyValue, writer: LogWriter, extent = new ChangeExtent()) {
  const failures: unknown[] = []
  let flushes = 0
  const store = new StateStore({
    keyValue,
    state: writer.state,
    extent,
    onFlushed: () => (flushes += 1),
    onFailed: (error) => failures.push(error),
  })
  return { store, failures, flushes: () => flushes }
}

const shelf =
  (id: string, counter = 0n): Step =>
  () => [put(shelves, { id, counter })]

test('a sync makes all durable that is applied when it is asked for, also entries that hold nothing', async () => {
  const keyValue = new SlowKeyValue()
  const order: string[] = []
  keyValue.sync = async () => void order.push('synced')
  const writer = new LogWriter()
  const { store } = storeOver(keyValue, writer)
  store.record(writer.write(shelf('a')))
  const syncing = store.sync().then((index) => order.push(`up to ${index}`))
  await keyValue.letThrough()
  await syncing
  writer.state.apply({ index: 2, term: writer.state.position.term }, undefined)
  const again = store.sync().then((index) => order.push(`up to ${index}`))
  await keyValue.letThrough()
  await again
  expect(order).toEqual(['synced', 'up to 1', 'synced', 'up to 2'])
})

test('a sync, and a flush, end with what was applied when they began, however much is applied without a pause', async () => {
  const keyValue = new SlowKeyValue()
  const writer = new LogWriter()
  const { store } = storeOver(keyValue, writer)
  const ended: string[] = []
  store.record(writer.write(shelf('0')))
  await keyValue.letThrough()
  store.record(writer.write(shelf('1')))
  void store.sync().then((index) => ended.push(`synced up to ${index}`))
  void store.flush().then(() => ended.push('flushed'))
  for (let at = 2; at < 6; at++) {
    // Whenever a batch is taken, more is waiting.
    await Promise.resolve()
    store.record(writer.write(shelf(`${at}`)))
    await keyValue.letThrough()
  }
  expect(ended.toSorted()).toEqual(['flushed', expect.stringMatching(/^synced up to [2-4]$/)])
})

test('a flush ends where nothing but entries that hold nothing was recorded', async () => {
  const keyValue = new SlowKeyValue()
  const writer = new LogWriter()
  const { store } = storeOver(keyValue, writer)
  store.record(writer.nextTerm())
  await store.flush()
  expect(keyValue.batches).toEqual([])
})

test('what is applied while a batch is on its way shares the next one, and a row in it is written once', async () => {
  const keyValue = new SlowKeyValue()
  const writer = new LogWriter()
  const { store, flushes } = storeOver(keyValue, writer)
  store.record(writer.write(shelf('a')))
  await keyValue.letThrough()
  expect(store.flushedIndex).toBe(1)
  store.record(writer.write(shelf('a', 1n)))
  await Promise.resolve()
  for (let at = 2n; at <= 5n; at += 1n) store.record(writer.write(shelf('a', at)))
  expect(store.unflushedBytes).toBeGreaterThan(0)
  await keyValue.letThrough()
  await keyValue.letThrough()
  await store.flush()
  expect(keyValue.batches).toHaveLength(3)
  expect(keyValue.batches[2]!.filter(({ key }) => key === rowKey('shelf', 'a'))).toHaveLength(1)
  expect(store.flushedIndex).toBe(6)
  expect(store.unflushedBytes).toBe(0)
  expect(flushes()).toBe(3)
})

test('what is not flushed is read before what is, in ranges too', async () => {
  const keyValue = new SlowKeyValue()
  const writer = new LogWriter()
  const { store } = storeOver(keyValue, writer)
  store.record(writer.write(shelf('a'), shelf('b'), shelf('c')))
  await keyValue.letThrough()
  store.record(writer.write((read) => [remove(shelves, read.get(shelves, 'b')!), put(shelves, { id: 'd' })]))
  await Promise.resolve()
  store.record(writer.write((read) => [remove(shelves, read.get(shelves, 'c')!), put(shelves, { id: 'bb' })]))
  const range = async (limit: number, reverse = false) => {
    const pairs = await store.range({ from: rowKey('shelf', ''), to: rowKey('shelf', '~'), limit, reverse })
    return pairs.map(({ key }) => key.slice(rowKey('shelf', '').length))
  }
  expect(await range(10)).toEqual(['a', 'bb', 'd'])
  expect(await range(2)).toEqual(['a', 'bb'])
  expect(await range(2, true)).toEqual(['d', 'bb'])
  expect(await store.get(rowKey('shelf', 'c'))).toBeUndefined()
  expect(await store.get(rowKey('shelf', 'b'))).toBeUndefined()
  expect(await store.get(rowKey('shelf', 'd'))).toBeDefined()
  expect(await store.get(rowKey('shelf', 'bb'))).toBeDefined()
  await keyValue.letThrough()
  await keyValue.letThrough()
  expect(await range(10)).toEqual(['a', 'bb', 'd'])
})

test('a rejected batch is the end: nothing is written after it, and whoever listens is told once', async () => {
  const keyValue = new MemoryKeyValue()
  keyValue.batch = () => Promise.reject(new Error('disk full'))
  const writer = new LogWriter()
  const { store, failures } = storeOver(keyValue, writer)
  store.record(writer.write(shelf('a')))
  await store.flush()
  await new Promise((resolve) => setImmediate(resolve))
  keyValue.batch = () => Promise.reject(new Error('again'))
  store.record(writer.write(shelf('b')))
  await store.flush()
  expect(failures).toEqual([new Error('disk full')])
})

test('the history of changes has a bound, and what goes is deleted', async () => {
  const keyValue = new MemoryKeyValue()
  const writer = new LogWriter()
  const { store } = storeOver(keyValue, writer, new ChangeExtent({ countMax: 2, bytesMax: 1_000_000 }))
  for (let at = 0; at < 5; at += 1) {
    store.record(writer.write(shelf(`${at}`)))
    await store.flush()
  }
  expect(store.oldestChange).toBe(4)
  expect(await keyValue.get(changeKey(3))).toBeUndefined()
  expect(await keyValue.get(changeKey(4))).toBeDefined()
})
