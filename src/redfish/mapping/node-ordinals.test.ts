import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeOrdinals } from './node-ordinals.ts'

test.for<[string[], number[], boolean]>([
  [['Node0', 'Node1'], [0, 1], true],
  [['Node1', 'Node0'], [1, 0], true],
  [['Node1'], [1], true],
  [['Node0', 'Node2', 'Node3'], [0, 2, 3], true],
  [['System_0'], [0], true],
  [['System.Embedded.1'], [0], true],
  [['1'], [0], false],
  [['1', '2', '10'], [0, 1, 9], false],
  [['0', '1'], [0, 1], true],
  [['Self'], [0], false],
  [['system'], [0], false],
  [['Bluefield'], [0], false],
  [['437XR1138R2'], [0], false],
  [['QSBP80903444', 'QSBP80903445'], [0, 1], false],
  [['Node0', 'Self'], [0, 1], false],
  [['Node01', 'Node1'], [1, 0], false],
  [[], [], false],
])('%j become %j; lasting: %s', ([ids, numbers, lasting]) => {
  expect(nodeOrdinals(ids).numbers).toEqual(numbers)
  expect(nodeOrdinals(ids).lasting).toBe(lasting)
})

test('distinct ids get distinct numbers, whatever their order', () => {
  const id = fc.oneof(
    fc.string(),
    fc.constantFrom('Node', 'System_', '').chain((stem) => fc.nat(99).map((n) => `${stem}${n}`)),
  )
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 8 }), (ids) => {
      const { numbers } = nodeOrdinals(ids)
      expect(new Set(numbers).size).toBe(ids.length)
      expect(numbers.every((number) => Number.isInteger(number) && number >= 0)).toBe(true)
      expect(nodeOrdinals(ids.toReversed()).numbers.toReversed()).toEqual(numbers)
    }),
  )
})
