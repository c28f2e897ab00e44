import { expect, test } from 'vitest'
import { entriesFrom, entryKey, indexOfKey, recordKeys } from './keys.ts'

test('keys order as indexes do, name their index, and stand before the records', () => {
  const indexes = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER]
  const keys = indexes.map((index) => entryKey(index))
  expect(keys.toSorted((one, other) => Buffer.compare(one, other))).toEqual(keys)
  expect(keys.map((key) => indexOfKey(key))).toEqual(indexes)
  const { until } = entriesFrom(0)
  for (const key of keys) expect(Buffer.compare(key, until)).toBe(-1)
  for (const key of Object.values(recordKeys)) expect(Buffer.compare(until, key)).toBe(-1)
})

test.each([
  ['that of a record', recordKeys.hardState],
  ['one that is cut off', entryKey(7).subarray(0, 8)],
  ['one that is too long', Buffer.concat([entryKey(7), Buffer.of(0)])],
  ['one of another kind', Buffer.concat([Buffer.of(3), entryKey(7).subarray(1)])],
  ['one whose index no number holds', Buffer.concat([Buffer.of(1), Buffer.alloc(8, 0xff)])],
])('%s is the key of no entry', (_, key) => {
  expect(indexOfKey(key)).toBeUndefined()
})
