import { expect, test } from 'vitest'
import { Compacted, Unavailable } from './errors.ts'
import { MemoryLog } from './memory-log.ts'
import { entry, votersOf } from './testing/solo.ts'

test('appended entries replace what stood at their indexes and behind', () => {
  const log = new MemoryLog()
  log.append([entry(1, 1), entry(2, 1), entry(3, 1)])
  log.append([entry(2, 2)])
  log.append([])
  expect(log.lastIndex()).toBe(2)
  expect(log.entries(1, 3, 100)).toEqual([entry(1, 1), entry(2, 2)])
})

test('the log has no gap', () => {
  expect(() => new MemoryLog().append([entry(2, 1)])).toThrow('the log has no gap')
})

test('what is before the beginning is compacted, what is behind the end unavailable', () => {
  const log = new MemoryLog()
  log.append([entry(1, 3)])
  expect([log.term(0), log.term(1)]).toEqual([0, 3])
  expect(() => log.term(-1)).toThrow(Compacted)
  expect(() => log.entries(0, 1, 100)).toThrow(Compacted)
  expect(() => log.term(2)).toThrow(Unavailable)
  expect(() => log.entries(1, 3, 100)).toThrow(new Unavailable(2))
})

test('it gives at least one entry and then as many as fit', () => {
  const log = new MemoryLog()
  log.append([entry(1, 1, 'xxxxx'), entry(2, 1, 'xxxxx'), entry(3, 1, 'xxxxx')])
  expect(log.entries(1, 4, 1)).toHaveLength(1)
  expect(log.entries(1, 4, 10)).toHaveLength(2)
})

test('what a snapshot holds can be forgotten, except for the term of the last entry of it', () => {
  const log = new MemoryLog()
  const snapshot = { index: 2, term: 4, confState: votersOf('1') }
  log.append([entry(1, 3), entry(2, 4), entry(3, 5)])
  expect(() => log.compact(2)).toThrow('what is compacted away is in a snapshot')
  log.takeSnapshot(snapshot)
  expect(() => log.compact(3)).toThrow('what is compacted away is in a snapshot')
  log.compact(2)
  expect([log.firstIndex(), log.lastIndex(), log.term(2)]).toEqual([3, 3, 4])
  expect(log.snapshot()).toEqual(snapshot)
  expect(() => log.term(1)).toThrow(new Compacted(1))
  expect(() => log.entries(2, 4, 100)).toThrow(Compacted)
  expect(() => log.takeSnapshot({ ...snapshot, index: 1 })).toThrow('a snapshot reaches the beginning')
  expect(() => log.append([entry(2, 9)])).toThrow('the log has no gap')
  log.append([entry(3, 6), entry(4, 6)])
  expect(log.entries(3, 5, 100)).toEqual([entry(3, 6), entry(4, 6)])
})

test('an installed snapshot takes the place of log and configuration', () => {
  const log = new MemoryLog()
  log.append([entry(1, 1), entry(2, 1)])
  log.install({ index: 7, term: 3, confState: votersOf('1', '2') })
  expect([log.firstIndex(), log.lastIndex(), log.term(7)]).toEqual([8, 7, 3])
  expect(log.initialState().confState).toEqual(votersOf('1', '2'))
  log.append([entry(8, 4)])
  expect(log.entries(8, 9, 100)).toEqual([entry(8, 4)])
})

test('hard state and configuration are as they were set', () => {
  const log = new MemoryLog()
  log.setHardState({ term: 3, vote: '2', commit: 1 })
  log.setConfState(votersOf('1', '2'))
  expect(log.initialState()).toEqual({ hardState: { term: 3, vote: '2', commit: 1 }, confState: votersOf('1', '2') })
})
