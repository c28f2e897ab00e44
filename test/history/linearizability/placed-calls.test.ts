import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlacedCalls } from './placed-calls.ts'

test('two sets have the same name exactly if they hold the same calls, however they came to it', () => {
  const steps = fc.array(fc.tuple(fc.nat(39), fc.boolean()), { maxLength: 60 })
  fc.assert(
    fc.property(steps, steps, (one, other) => {
      const [first, second] = [placedBy(one), placedBy(other)]
      const isSame =
        first.plain.size === second.plain.size && [...first.plain].every((index) => second.plain.has(index))
      expect(first.set.name === second.set.name).toBe(isSame)
      expect(first.set.size).toBe(first.plain.size)
    }),
  )
})

function placedBy(steps: readonly (readonly [number, boolean])[]) {
  const set = new PlacedCalls(40)
  const plain = new Set<number>()
  for (const [index, isIn] of steps) {
    if (isIn === plain.has(index)) continue
    if (isIn) {
      set.add(index)
      plain.add(index)
    } else {
      set.remove(index)
      plain.delete(index)
    }
  }
  return { set, plain }
}

test('the name stays short however long the history is', () => {
  const set = new PlacedCalls(100_000)
  for (let index = 0; index < 99_000; index++) set.add(index)
  set.add(99_010)
  expect(set.name.length).toBeLessThan(10)
})
