import { expect, test } from 'vitest'
import type { KeyValue, Operation } from './key-value.ts'

/** Opens one database again and again; `create` on the first time only. */
export type OpenKeyValue = (options: { readonly create: boolean }) => Promise<KeyValue>

const bytes = (...values: number[]) => Uint8Array.from(values)
const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })
const del = (key: Uint8Array): Operation => ({ type: 'del', key })

/** What every implementation of `KeyValue` promises. `setUp` gives each test a place of its own. */
export function keyValueContract(setUp: () => Promise<OpenKeyValue>): void {
  test('a batch is read back, and in the same loop turn once it has resolved', async () => {
    const keyValue = await (await setUp())({ create: true })
    await keyValue.batch([put(bytes(1), bytes(10, 11)), put(bytes(2), bytes())])
    expect(keyValue.get(bytes(1))).toEqual(bufferOf(10, 11))
    expect(keyValue.get(bytes(2))).toEqual(bufferOf())
    expect(keyValue.get(bytes(3))).toBeUndefined()
    await keyValue.close()
  })

  test('the later operation of a batch wins, and a deleted key is gone', async () => {
    const keyValue = await (await setUp())({ create: true })
    await keyValue.batch([put(bytes(1), bytes(1)), put(bytes(2), bytes(1))])
    await keyValue.batch([put(bytes(1), bytes(2)), del(bytes(1)), del(bytes(2)), put(bytes(2), bytes(3))])
    expect(keyValue.get(bytes(1))).toBeUndefined()
    expect(keyValue.get(bytes(2))).toEqual(bufferOf(3))
    await keyValue.close()
  })

  test('slices give a range in the order of unsigned bytes, with its beginning and without its end', async () => {
    const keyValue = await (await setUp())({ create: true })
    const keys = [bytes(0xff), bytes(1, 0), bytes(0x80), bytes(1), bytes(0), bytes(0x7f, 0xff)]
    await keyValue.batch(keys.map((key) => put(key, key)))
    expect(await keysOf(keyValue, bytes(1), bytes(0xff))).toEqual([[1], [1, 0], [0x7f, 0xff], [0x80]])
    await keyValue.close()
  })

  test('slices give every pair of a range of many slices', async () => {
    const keyValue = await (await setUp())({ create: true })
    const keys = Array.from({ length: 2500 }, (_, index) => bytes(index >> 8, index & 0xff))
    await keyValue.batch(keys.map((key) => put(key, key)))
    const read = await keysOf(keyValue, bytes(0), bytes(0xff))
    expect(read).toEqual(keys.map((key) => [...key]))
    await keyValue.close()
  })

  test('what was written is there when it is opened again', async () => {
    const open = await setUp()
    const before = await open({ create: true })
    await before.batch([put(bytes(1), bytes(10))])
    await before.close()
    const after = await open({ create: false })
    expect(after.get(bytes(1))).toEqual(bufferOf(10))
    await after.close()
  })

  test('a missing database is unreadable, and is not made', async () => {
    const open = await setUp()
    await expect(open({ create: false })).rejects.toMatchObject({ kind: 'unreadable' })
    await expect(open({ create: false })).rejects.toMatchObject({ kind: 'unreadable' })
  })

  test('a database is not made over an existing one', async () => {
    const open = await setUp()
    await (await open({ create: true })).close()
    await expect(open({ create: true })).rejects.toMatchObject({ kind: 'unreadable' })
  })

  test('a database that is open is locked', async () => {
    const open = await setUp()
    const keyValue = await open({ create: true })
    await expect(open({ create: false })).rejects.toMatchObject({ kind: 'locked' })
    await keyValue.close()
  })
}

async function keysOf(keyValue: KeyValue, from: Uint8Array, until: Uint8Array): Promise<number[][]> {
  const keys: number[][] = []
  for await (const slice of keyValue.slices({ from, until })) {
    for (const [key, value] of slice) {
      expect([...value]).toEqual([...key])
      keys.push([...key])
    }
  }
  return keys
}

/** Implementations may give any kind of Uint8Array; compared is what is in it. */
function bufferOf(...values: number[]): unknown {
  return expect.toSatisfy((actual: Uint8Array) => Buffer.from(values).equals(actual))
}
