import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FreeRevisions } from './free-revisions.ts'
import type { Window } from './window.ts'
import { canAllBePlaced } from './window.ts'

const limit = 12

const taken = fc.array(fc.nat(limit), { maxLength: limit })

test('the next free revision is the first that nobody took', () => {
  fc.assert(
    fc.property(taken, fc.integer({ min: -1, max: limit }), fc.nat(limit), (list, above, span) => {
      const free = new FreeRevisions(list)
      const all = Array.from({ length: 3 * limit }, (_, revision) => revision).filter((each) => !list.includes(each))
      expect(free.above(above)).toBe(all.find((revision) => revision > above))
      expect(free.has(above + 1)).toBe(all.includes(above + 1))
      const between = all.filter((revision) => revision > above && revision <= above + span)
      expect(free.countBetween(above, above + span, 5)).toBe(Math.min(5, between.length))
    }),
  )
})

test('writes find a revision each exactly if some way to give them out does', () => {
  const windows = fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.nat(4))
      .map(([first, span]) => ({ first, last: first + span, not: [] })),
    { maxLength: 6 },
  )
  fc.assert(
    fc.property(taken, windows, (list, all) => {
      const free = new FreeRevisions(list)
      expect(canAllBePlaced(all, free)).toBe(canGiveOut(all, new Set(list)))
    }),
    { numRuns: 500 },
  )
})

test('a revision that a write cannot have is given to another one', () => {
  const free = new FreeRevisions([])
  const first = { first: 1, last: 2, not: [1] }
  expect(canAllBePlaced([first, { first: 1, last: 1, not: [] }], free)).toBe(true)
  expect(canAllBePlaced([first, { first: 2, last: 2, not: [] }], free)).toBe(false)
})

function canGiveOut([window, ...others]: readonly Window[], used: ReadonlySet<number>): boolean {
  if (window === undefined) return true
  for (let revision = window.first; revision <= window.last; revision++) {
    if (!used.has(revision) && canGiveOut(others, new Set([...used, revision]))) return true
  }
  return false
}
