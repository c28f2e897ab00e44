import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { entriesBytes } from './entry-bytes.ts'
import { CoreInvariantError } from './errors.ts'
import { RaftLog } from './log.ts'
import { MemoryLog } from './memory-log.ts'
import { entry } from './testing/solo.ts'
import type { Entry } from './types.ts'

function logOf(stable: readonly Entry[], options: { commit?: number; applied?: number; bytes?: number } = {}): RaftLog {
  const reader = new MemoryLog()
  reader.append(stable)
  const { commit = 0, applied = 0, bytes = 1_000 } = options
  return new RaftLog(reader, { commit, applied, maxApplyingBytes: bytes })
}

const terms = (...values: readonly number[]) => values.map((term, at) => entry(at + 1, term))

test('only what a message has shown to agree is committed, though the tail behind it is within the commit index', () => {
  const log = logOf(terms(1, 1, 1, 1))
  expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1)], 4)).toBe(2)
  expect(log.committed).toBe(2)
  expect(log.lastIndex).toBe(4)
})

test('a message that brings nothing new leaves the tail alone', () => {
  const log = logOf(terms(1, 1, 2, 2))
  expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1), entry(3, 2)], 0)).toBe(3)
  expect(log.lastIndex).toBe(4)
  expect(log.hasUnstable).toBe(false)
})

test('a conflict cuts off the tail, from the first entry that differs', () => {
  const log = logOf(terms(1, 1, 2, 2, 2))
  expect(log.maybeAppend({ index: 1, term: 1 }, [entry(2, 1), entry(3, 3)], 0)).toBe(3)
  expect(log.last()).toEqual({ index: 3, term: 3 })
  expect(log.nextUnstable()).toEqual([entry(3, 3)])
})

test('an entry that contradicts a committed one ends the process', () => {
  const log = logOf(terms(1, 1, 2), { commit: 2 })
  expect(() => log.maybeAppend({ index: 1, term: 1 }, [entry(2, 3)], 0)).toThrow('no entry contradicts a committed one')
})

test('a commit index beyond the log ends the process', () => {
  expect(() => logOf(terms(1, 1)).commitTo(3)).toThrow(CoreInvariantError)
  expect(() => logOf(terms(1, 1), { commit: 3 })).toThrow('the log holds what it says to be committed')
  expect(() => logOf(terms(1, 1), { applied: 3 })).toThrow('what was applied is in the log')
})

test('what was applied before the start counts as committed, for the commit index alone is not synced', () => {
  const log = logOf(terms(1, 1, 1), { commit: 1, applied: 3 })
  expect(log.committed).toBe(3)
  expect(log.hasNextCommitted()).toBe(false)
})

test('a log is as new as its last term, then as it is long', () => {
  const log = logOf(terms(1, 2, 2))
  expect(log.isUpToDate({ term: 2, index: 3 })).toBe(true)
  expect(log.isUpToDate({ term: 2, index: 2 })).toBe(false)
  expect(log.isUpToDate({ term: 3, index: 1 })).toBe(true)
  expect(log.isUpToDate({ term: 1, index: 9 })).toBe(false)
})

test('a hint is the last place where the logs can agree', () => {
  const log = logOf(terms(1, 1, 3, 3, 5))
  expect(log.findConflictByTerm({ index: 5, term: 4 })).toEqual({ index: 4, term: 3 })
  expect(log.findConflictByTerm({ index: 5, term: 2 })).toEqual({ index: 2, term: 1 })
  expect(log.findConflictByTerm({ index: 9, term: 2 })).toEqual({ index: 9, term: 0 })
  expect(log.findConflictByTerm({ index: 5, term: 0 })).toEqual({ index: 0, term: 0 })
})

test('terms are known from the beginning of the log to its end, and nowhere else', () => {
  const log = logOf(terms(1, 2))
  log.append([entry(3, 4)])
  expect([-1, 0, 1, 2, 3, 4].map((index) => log.termAt(index))).toEqual([undefined, 0, 1, 2, 4, undefined])
  expect(() => log.term(4)).toThrow('the log holds the entry')
})

test('what is not on the disk is not handed over for applying, however committed', () => {
  const log = logOf(terms(1), { commit: 1, applied: 1 })
  log.append([entry(2, 1, 'x'), entry(3, 1, 'y')])
  log.commitTo(3)
  expect(log.hasNextCommitted()).toBe(false)
  log.stableTo({ index: 2, term: 1 })
  expect(log.hasNextCommitted()).toBe(true)
})

test('applying is counted in bytes: no more is handed over until some of it is done', () => {
  const log = logOf(
    [1, 2, 3, 4, 5].map((index) => entry(index, 1, 'xxxx')),
    { commit: 5, bytes: 10 },
  )
  const first = log.nextCommitted()
  log.acceptApplying(first)
  expect(first.map(({ index }) => index)).toEqual([1, 2])
  expect(log.nextCommitted()).toEqual([])
  log.appliedTo(1, 4)
  expect(log.nextCommitted().map(({ index }) => index)).toEqual([3])
  log.acceptApplying([])
  expect(log.applied).toBe(1)
})

test('what was applied is applied once, in order, and never before it is committed', () => {
  const log = logOf(terms(1, 1, 1), { commit: 2 })
  expect(() => log.appliedTo(3, 0)).toThrow('only what is committed is applied')
  log.appliedTo(2, 0)
  // Late news of what a snapshot has overtaken.
  log.appliedTo(1, 0)
  expect(log.applied).toBe(2)
  expect(() => log.acceptApplying([entry(2, 1)])).toThrow('entries are handed over without gaps')
})

test('a change of the configuration is found among all that is committed and not applied', () => {
  const change: Entry = { ...entry(3, 1, 'voters'), type: 'conf_change' }
  const log = logOf([entry(1, 1, 'xxxx'), entry(2, 1, 'yyyy'), change], { commit: 3, bytes: 4 })
  expect(log.hasUnappliedConfChange()).toBe(true)
  log.appliedTo(3, 0)
  expect(log.hasUnappliedConfChange()).toBe(false)
})

test('what was looked through once for changes of the configuration is not read again by the next campaign', () => {
  const reader = new MemoryLog()
  reader.append(terms(1, 1, 1, 1))
  const read = vi.spyOn(reader, 'entries')
  const log = new RaftLog(reader, { commit: 4, applied: 0, maxApplyingBytes: 1 })
  expect(log.hasUnappliedConfChange()).toBe(false)
  expect(read).toHaveBeenCalledTimes(1)
  expect(log.hasUnappliedConfChange()).toBe(false)
  log.maybeAppend({ index: 4, term: 1 }, [{ ...entry(5, 1, 'voters'), type: 'conf_change' }], 5)
  expect(log.hasUnappliedConfChange()).toBe(true)
  expect(read).toHaveBeenCalledTimes(1)
})

test('a slice takes as many entries as fit, from the disk and from memory alike, and one in any case', () => {
  const sizes = fc.array(fc.nat(9), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(sizes, fc.nat(12), fc.nat(30), fc.nat(11), (bytes, stableCount, maxBytes, from) => {
      const entries = bytes.map((size, at) => entry(at + 1, 1, 'x'.repeat(size)))
      const log = logOf(entries.slice(0, stableCount))
      const rest = entries.slice(stableCount)
      if (rest.length > 0) log.append(rest)
      const low = Math.min(from + 1, entries.length)
      const slice = log.slice(low, entries.length + 1, maxBytes)
      expect(slice).toEqual(entries.slice(low - 1, low - 1 + slice.length))
      expect(slice.length === 1 || entriesBytes(slice) <= maxBytes).toBe(true)
      const oneMore = entries.slice(low - 1, low + slice.length)
      const couldTakeMore = oneMore.length > slice.length && entriesBytes(oneMore) <= maxBytes
      // At the seam of disk and memory a slice may end early: the disk does not say whether more would have fitted.
      expect(couldTakeMore && low - 1 + slice.length !== stableCount).toBe(false)
    }),
  )
})

test('a leader appends at the end and nowhere else', () => {
  const log = logOf(terms(1, 1))
  expect(() => log.append([entry(2, 2)])).toThrow('a leader only appends at the end of its log')
  expect(log.slice(3, 3, 10)).toEqual([])
})
