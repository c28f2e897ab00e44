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

test('hard state and configuration are as they were set', () => {
  const log = new MemoryLog()
  log.setHardState({ term: 3, vote: '2', commit: 1 })
  log.setConfState(votersOf('1', '2'))
  expect(log.initialState()).toEqual({ hardState: { term: 3, vote: '2', commit: 1 }, confState: votersOf('1', '2') })
})
