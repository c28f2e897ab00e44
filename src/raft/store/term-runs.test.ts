import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TermRuns } from './term-runs.ts'

test('the term of every index is the one that was appended, after any cut at both ends', () => {
  const rises = fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 40 })
  fc.assert(
    fc.property(rises, fc.nat(), fc.nat(), (steps, one, other) => {
      const terms = [1]
      for (const step of steps) terms.push(terms.at(-1)! + step)
      const runs = new TermRuns({ index: 0, term: terms[0]! })
      for (const [index, term] of terms.entries()) if (index > 0) runs.append({ index, term })
      const last = Math.max(1, one % terms.length)
      const first = other % last
      runs.truncateFrom(last + 1)
      runs.truncateTo(first)
      for (let index = first; index <= last; index++) expect(runs.termAt(index)).toBe(terms[index])
    }),
  )
})

test('an entry that no log could hold is refused', () => {
  const runs = new TermRuns({ index: 5, term: 2 })
  runs.append({ index: 6, term: 4 })
  expect(() => runs.append({ index: 5, term: 4 })).toThrow('index 5 comes before the run of 6')
  expect(() => runs.append({ index: 7, term: 3 })).toThrow('term 3 of entry 7 follows term 4')
})
