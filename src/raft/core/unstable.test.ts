import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CoreInvariantError } from './errors.ts'
import { entry, votersOf } from './testing/solo.ts'
import { Unstable } from './unstable.ts'

/** The same, as a map of terms by index, with the indexes that are on their way to the disk. */
class Model {
  terms = new Map<number, number>()
  writing = new Set<number>()
  /** Index of the next entry. */
  end = 1

  append(first: number, terms: readonly number[]): void {
    for (const index of this.terms.keys()) if (index >= first) this.terms.delete(index)
    for (const index of this.writing) if (index >= first) this.writing.delete(index)
    terms.forEach((term, at) => this.terms.set(first + at, term))
    this.end = first + terms.length
  }

  stableTo(index: number, term: number): void {
    if (this.terms.get(index) !== term) return
    for (const known of this.terms.keys()) if (known <= index) this.terms.delete(known)
  }

  accept(): void {
    for (const index of this.terms.keys()) this.writing.add(index)
  }

  next(): readonly number[] {
    return [...this.terms.keys()].filter((index) => !this.writing.has(index)).toSorted((one, other) => one - other)
  }
}

const command = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    back: fc.nat(4),
    terms: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('accept' as const) }),
  fc.record({ kind: fc.constant('stable' as const), index: fc.integer({ min: 1, max: 20 }), term: fc.nat(3) }),
)

test('entries leave by their own index and term only, and each is given to be written once, unless overwritten', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const unstable = new Unstable(1)
      const model = new Model()
      for (const step of commands) {
        if (step.kind === 'append') {
          const first = Math.max(1, model.end - step.back)
          unstable.truncateAndAppend(step.terms.map((term, at) => entry(first + at, term)))
          model.append(first, step.terms)
        } else if (step.kind === 'accept') {
          unstable.acceptInProgress()
          model.accept()
        } else {
          unstable.stableTo({ index: step.index, term: step.term })
          model.stableTo(step.index, step.term)
        }
        expect(unstable.next().map(({ index }) => index)).toEqual(model.next())
        expect(unstable.hasNext()).toBe(model.next().length > 0)
        expect(unstable.pending).toBe(model.terms.size > 0)
        expect(unstable.lastIndex).toBe(model.terms.size > 0 ? model.end - 1 : undefined)
        for (let index = 0; index < 24; index++) expect(unstable.termAt(index)).toBe(model.terms.get(index))
        if (model.terms.size > 0) {
          const all = unstable.slice(unstable.offset, model.end)
          expect(all.map(({ term }) => term)).toEqual(
            [...model.terms.entries()].toSorted(([one], [other]) => one - other).map(([, term]) => term),
          )
        }
      }
    }),
  )
})

test('a gap is never taken', () => {
  const unstable = new Unstable(5)
  expect(() => unstable.truncateAndAppend([entry(6, 1)])).toThrow(CoreInvariantError)
  expect(() => unstable.truncateAndAppend([])).toThrow(CoreInvariantError)
})

test('a snapshot begins the log anew; it is taken once, and ends with its own installation only', () => {
  const unstable = new Unstable(1)
  const snapshot = (index: number) => ({ index, term: 2, confState: votersOf('1') })
  unstable.truncateAndAppend([entry(1, 1), entry(2, 1)])
  unstable.restore(snapshot(5))
  expect([unstable.offset, unstable.lastIndex, unstable.termAt(5), unstable.termAt(2)]).toEqual([6, 5, 2, undefined])
  expect([unstable.pending, unstable.hasNext()]).toEqual([false, false])
  expect(unstable.nextSnapshot()).toEqual(snapshot(5))
  unstable.acceptInProgress()
  expect(unstable.nextSnapshot()).toBe(undefined)
  unstable.restore(snapshot(7))
  expect(unstable.nextSnapshot()).toEqual(snapshot(7))
  unstable.installed(5)
  expect(unstable.snapshot).toEqual(snapshot(7))
  unstable.installed(7)
  expect(unstable.snapshot).toBe(undefined)
  expect([unstable.offset, unstable.lastIndex]).toEqual([8, undefined])
})

test('entries stand behind a snapshot, and never in it', () => {
  const unstable = new Unstable(1)
  unstable.restore({ index: 5, term: 2, confState: votersOf('1') })
  expect(() => unstable.truncateAndAppend([entry(5, 3)])).toThrow('what a snapshot holds is not overwritten')
  unstable.truncateAndAppend([entry(6, 3)])
  // That the position of the snapshot is on the disk says nothing about entries.
  unstable.stableTo({ index: 5, term: 2 })
  expect([unstable.offset, unstable.lastIndex]).toEqual([6, 6])
  unstable.stableTo({ index: 6, term: 3 })
  expect([unstable.offset, unstable.lastIndex]).toEqual([7, 5])
})
