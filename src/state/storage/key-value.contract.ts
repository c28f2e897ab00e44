import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAheadBytes, type KeyValue } from './key-value.ts'

/** What every `KeyValue` does. `open` gives an empty one. */
export function keyValueContract(name: string, open: () => Promise<KeyValue>): void {
  describe(name, () => {
    let store: KeyValue

    beforeEach(async () => {
      store = await open()
    })

    afterEach(async () => {
      await store.close()
    })

    const bytes = (text: string) => new TextEncoder().encode(text)
    const write = (...keys: readonly string[]) =>
      store.batch(
        keys.map((key) => ({ key, value: bytes(`value of ${key}`) })),
        { sync: true },
      )
    const keysIn = async (from: string, to: string, more: { limit?: number; reverse?: boolean } = {}) =>
      (await store.range({ from, to, limit: 100, ...more })).map(({ key }) => key)

    test('what was written is read, and what was not is undefined', async () => {
      await write('a')
      expect(await store.get('a')).toEqual(bytes('value of a'))
      expect(await store.get('b')).toBeUndefined()
    })

    test('a batch writes and removes in its order', async () => {
      await write('a', 'b')
      await store.batch(
        [
          { key: 'a', value: undefined },
          { key: 'c', value: bytes('1') },
          { key: 'c', value: bytes('2') },
          { key: 'd', value: bytes('1') },
          { key: 'd', value: undefined },
        ],
        { sync: false },
      )
      expect(await keysIn('', 'z')).toEqual(['b', 'c'])
      expect(await store.get('c')).toEqual(bytes('2'))
    })

    test('a range includes its beginning, not its end, and is cut at its limit from the side where it begins', async () => {
      await write('a', 'b', 'c', 'd')
      expect(await keysIn('b', 'd')).toEqual(['b', 'c'])
      expect(await keysIn('a', 'z', { limit: 2 })).toEqual(['a', 'b'])
      expect(await keysIn('a', 'z', { limit: 2, reverse: true })).toEqual(['d', 'c'])
      expect(await keysIn('x', 'z')).toEqual([])
    })

    test('a range ends soon after it holds as many bytes as were asked for, and gives one pair however large', async () => {
      const value = new Uint8Array(readAheadBytes)
      const keys = Array.from({ length: 20 }, (_, at) => `k${at + 10}`)
      await store.batch(
        keys.map((key) => ({ key, value })),
        { sync: true },
      )
      const counts = async (source: Pick<KeyValue, 'range'>, bytesTarget: number) =>
        (await source.range({ from: '', to: 'z', limit: 100, bytesTarget })).length
      const snapshot = store.snapshot()
      for (const source of [store, snapshot]) {
        expect(await counts(source, 1)).toBe(1)
        expect(await counts(source, 2 * value.length)).toBeGreaterThanOrEqual(2)
        expect(await counts(source, 2 * value.length)).toBeLessThanOrEqual(4)
        expect(await counts(source, 100 * value.length)).toBe(20)
      }
      await snapshot.close()
    })

    test('keys are ordered by their UTF-8 bytes', async () => {
      await write('\u{1f642}', '\uffee', 'é', 'z', 'a', 'a\0', '')
      expect(await keysIn('', '\u{10ffff}')).toEqual(['', 'a', 'a\0', 'z', 'é', '\uffee', '\u{1f642}'])
    })

    test('values are copies', async () => {
      const value = bytes('abc')
      await store.batch([{ key: 'a', value }], { sync: false })
      value[0] = 0
      const read = await store.get('a')
      expect(read).toEqual(bytes('abc'))
      read![0] = 0
      expect(await store.get('a')).toEqual(bytes('abc'))
    })

    test('a snapshot shows what was there when it was taken, whatever is written since', async () => {
      await write('a', 'b')
      const snapshot = store.snapshot()
      await store.batch(
        [
          { key: 'a', value: undefined },
          { key: 'b', value: bytes('other') },
          { key: 'c', value: bytes('new') },
        ],
        { sync: false },
      )
      const seen = await snapshot.range({ from: '', to: 'z', limit: 100 })
      expect(seen.map(({ key }) => key)).toEqual(['a', 'b'])
      expect(await snapshot.get('b')).toEqual(bytes('value of b'))
      expect(await snapshot.get('c')).toBeUndefined()
      await snapshot.close()
      expect(await keysIn('', 'z')).toEqual(['b', 'c'])
    })

    test('a sync loses nothing', async () => {
      await store.batch([{ key: 'a', value: bytes('1') }], { sync: false })
      await store.sync()
      await store.batch([{ key: 'b', value: bytes('2') }], { sync: false })
      await store.sync()
      expect(await keysIn('', 'z')).toEqual(['a', 'b'])
    })

    test('an empty value is a value', async () => {
      await store.batch([{ key: 'a', value: new Uint8Array() }], { sync: false })
      expect(await store.get('a')).toHaveLength(0)
    })
  })
}
