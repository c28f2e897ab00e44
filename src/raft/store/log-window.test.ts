import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Frame } from './frame.ts'
import { LogWindow } from './log-window.ts'
import { TermRuns } from './term-runs.ts'

function frame(index: number, sizeBytes = 10): Frame {
  const entry = { index, term: 1, type: 'normal', data: new Uint8Array(sizeBytes) } as const
  return { entry, chain: chainOf(index) }
}

function chainOf(index: number): Uint8Array {
  return new Uint8Array(16).fill(index)
}

test('the window holds the newest entries within both limits, and always the newest one', () => {
  const window = new LogWindow({ entriesMax: 3, bytesMax: 100 })
  for (let index = 5; index <= 9; index++) window.append(frame(index))
  expect([6, 7, 8, 9, 10].map((index) => window.entry(index)?.index)).toEqual([undefined, 7, 8, 9, undefined])
  window.append(frame(10, 85))
  expect([8, 9, 10].map((index) => window.entry(index)?.index)).toEqual([undefined, 9, 10])
  window.append(frame(11, 5000))
  expect([10, 11].map((index) => window.entry(index)?.index)).toEqual([undefined, 11])
})

test('a hole in the window is a defect', () => {
  const window = new LogWindow({ entriesMax: 3, bytesMax: 100 })
  window.append(frame(5))
  expect(() => window.append(frame(7))).toThrow('entry 7 does not follow entry 5')
})

/** Appends this many entries, with a term that is so much higher, after cutting so many from the end. */
const change = fc.record({ cut: fc.nat({ max: 12 }), raise: fc.nat({ max: 2 }), count: fc.nat({ max: 12 }) })

test('window and runs of terms agree with a plain list, whatever is cut and appended', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const window = new LogWindow({ entriesMax: 7, bytesMax: 1000 })
      const runs = new TermRuns({ index: 3, term: 1 })
      const terms: number[] = []
      for (const { cut, raise, count } of changes) {
        const kept = Math.max(0, terms.length - cut)
        const term = (terms.at(-1) ?? 1) + raise
        terms.length = kept
        window.truncateFrom(kept + 4)
        runs.truncateFrom(kept + 4)
        for (let added = 0; added < count; added++) {
          terms.push(term)
          const entry = { ...frame(terms.length + 3).entry, term }
          window.append({ entry, chain: chainOf(entry.index) })
          runs.append(entry)
        }
        for (const [at, expected] of terms.entries()) {
          expect(runs.termAt(at + 4)).toBe(expected)
          const held = window.entry(at + 4)
          if (held !== undefined) expect(held).toMatchObject({ index: at + 4, term: expected })
          expect(window.chain(at + 4)).toEqual(held && chainOf(at + 4))
        }
        expect(window.entry(terms.length + 4)).toBeUndefined()
        if (count > 0) expect(window.entry(terms.length + 3)).toBeDefined()
      }
    }),
  )
})

test('terms never fall', () => {
  const runs = new TermRuns({ index: 0, term: 0 })
  runs.append({ index: 1, term: 3 })
  expect(() => runs.append({ index: 2, term: 2 })).toThrow('term 2 of entry 2 follows term 3')
})
