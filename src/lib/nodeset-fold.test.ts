import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expandNodeset } from './nodeset.ts'
import { foldNodeset } from './nodeset-fold.ts'

test.for([
  [['n1'], 'n1'],
  [['n3', 'n1', 'n2', 'n1'], 'n[1-3]'],
  [['n8', 'n9', 'n10'], 'n[8-10]'],
  [['n09', 'n10', 'n9'], 'n[9,09-10]'],
  [['n1', 'n2', 'n01', 'n02'], 'n[1-2,01-02]'],
  [['n099', 'n100', 'n0101'], 'n[099-100,0101]'],
  [['n98', 'n99', 'n099', 'n100'], 'n[98-99,099-100]'],
  [['n08', 'n9', 'n10'], 'n[9,08,10]'],
  [['n0', 'n00'], 'n[0,00]'],
  [['1', '2', '3'], '[1-3]'],
  [['n', 'n1', 'n2'], 'n,n[1-2]'],
  [['c1-3', 'c1-4', 'c2-3', 'c2-4'], 'c[1-2]-[3-4]'],
  [['b1', 'a2', 'a', 'n01b2', 'n1b2'], 'a,a2,b1,n[1,01]b2'],
  [['n1.site', 'n2.site'], 'n[1-2].site'],
  [['n1234567890123456', 'n1234567890123457'], 'n1234567890123456,n1234567890123457'],
  [[], ''],
] as const)('%j is %s', ([names, folded]) => {
  expect(foldNodeset(names)).toBe(folded)
})

test('a rack folds back to the four dimensions that it came from', () => {
  const rack = 'x[1000-1001]c0s[0-7]b[0-1]n[0-3]'
  expect(foldNodeset(expandNodeset(rack))).toBe(rack)
})

test('a rack that lacks one node is a few blocks', () => {
  const folded = foldNodeset(expandNodeset('x[1-2]c0s[0-7]b[0-1]n[0-3]!x1c0s0b0n0'))
  expect(folded).toBe('x1c0s0b0n[1-3],x1c0s0b1n[0-3],x1c0s[1-7]b[0-1]n[0-3],x2c0s[0-7]b[0-1]n[0-3]')
})

test('the order of the names does not change the result', () => {
  const names = expandNodeset('x[1-3]s[0-2]n[0-3]!x2s1n[1-2]')
  fc.assert(
    fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
      expect(foldNodeset(shuffled)).toBe(foldNodeset(names))
    }),
  )
})
