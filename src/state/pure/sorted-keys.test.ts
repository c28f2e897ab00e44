import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SortedKeys } from './sorted-keys.ts'

test('it holds what a sorted set holds, whatever is added and deleted', () => {
  const steps = fc.array(fc.record({ key: fc.string({ maxLength: 3 }), isAdded: fc.boolean() }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, fc.string({ maxLength: 2 }), (taken, after) => {
      const keys = new SortedKeys()
      const model = new Set<string>()
      for (const { key, isAdded } of taken) {
        const isNew = !model.has(key)
        expect(keys.has(key)).toBe(!isNew)
        if (isAdded) {
          expect(keys.add(key)).toBe(isNew)
          model.add(key)
        } else expect(keys.delete(key)).toBe(model.delete(key))
      }
      const sorted = [...model].sort()
      expect([...keys.keys()]).toEqual(sorted)
      expect([...keys.keys(after)]).toEqual(sorted.filter((key) => key > after))
      expect(keys.size).toBe(model.size)
    }),
  )
})

test('thousands of keys stay in order, over many chunks, in any order of coming and going', () => {
  const keys = new SortedKeys()
  const all = Array.from({ length: 5_000 }, (_, at) => `${(at * 7_919) % 5_000}`.padStart(4, '0'))
  for (const key of all) keys.add(key)
  expect([...keys.keys()]).toEqual(all.toSorted())
  expect([...keys.keys('2499')]).toHaveLength(2_500)
  for (const key of all) if (Number(key) % 3 > 0) keys.delete(key)
  expect([...keys.keys()]).toEqual(all.filter((key) => Number(key) % 3 === 0).toSorted())
})

test('a walk goes on above the last key when the set changes under it', () => {
  const keys = new SortedKeys()
  for (let at = 0; at < 2_000; at += 1) keys.add(`${at}`.padStart(4, '0'))
  const seen: string[] = []
  for (const key of keys.keys()) {
    seen.push(key)
    if (key === '0000') for (let at = 1_000; at < 1_500; at += 1) keys.delete(`${at}`)
  }
  expect(seen).toEqual(seen.toSorted())
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen).toContain('1999')
  expect(seen).not.toContain('1400')
})
