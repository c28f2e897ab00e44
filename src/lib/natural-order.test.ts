import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareNatural } from './natural-order.ts'

test.for([
  [
    ['n10', 'n2', 'n1'],
    ['n1', 'n2', 'n10'],
  ],
  [
    ['x1000c0s10b0n0', 'x1000c0s9b0n1', 'x1000c0s9b0n0'],
    ['x1000c0s9b0n0', 'x1000c0s9b0n1', 'x1000c0s10b0n0'],
  ],
  [
    ['n001', 'n10', 'n2'],
    ['n2', 'n10', 'n001'],
  ],
  [
    ['n1a', 'n1', 'n', 'm2'],
    ['m2', 'n', 'n1', 'n1a'],
  ],
])('%j is shown as %j', ([names, shown]) => {
  expect([...names!].sort(compareNatural)).toEqual(shown)
})

test('it is a total order', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '9', '-'), maxLength: 6 })
  fc.assert(
    fc.property(name, name, name, (one, other, third) => {
      expect(Math.sign(compareNatural(one, other))).toBe(0 - Math.sign(compareNatural(other, one)))
      expect(compareNatural(one, other) === 0).toBe(one === other)
      if (compareNatural(one, other) < 0 && compareNatural(other, third) < 0) {
        expect(compareNatural(one, third)).toBeLessThan(0)
      }
    }),
    { numRuns: 3000 },
  )
})
