import { expect, test } from 'vitest'
import { changesDeletedPerBatchMax } from '../limits.ts'
import { ChangeExtent } from './change-extent.ts'

test('of too many changes the oldest go', () => {
  const extent = new ChangeExtent({ countMax: 3, bytesMax: 1_000 })
  for (let revision = 1; revision <= 5; revision += 1) extent.add(revision, 10)
  expect(extent.trim()).toEqual([1, 2])
  expect(extent.oldest).toBe(3)
  expect(extent.trim()).toEqual([])
  extent.add(6, 985)
  expect(extent.trim()).toEqual([3, 4])
})

test('much is deleted in slices', () => {
  const extent = new ChangeExtent({ countMax: 0, bytesMax: 0 })
  for (let revision = 1; revision <= changesDeletedPerBatchMax + 5; revision += 1) extent.add(revision, 1)
  expect(extent.trim()).toHaveLength(changesDeletedPerBatchMax)
  expect(extent.trim()).toHaveLength(5)
})

test('what is before a gap is no history, and goes', () => {
  const extent = new ChangeExtent()
  extent.add(1, 10)
  extent.add(3, 10)
  expect(extent.oldest).toBe(3)
  extent.beginAt(9)
  expect(extent.oldest).toBe(9)
  expect(extent.trim()).toEqual([1, 3])
})

test('a reader takes as many as fit, and one in any case', () => {
  const extent = new ChangeExtent()
  for (let revision = 11; revision <= 20; revision += 1) extent.add(revision, 100)
  expect(extent.countFrom(11, { countMax: 4, bytesTarget: 10_000 })).toBe(4)
  expect(extent.countFrom(12, { countMax: 9, bytesTarget: 250 })).toBe(3)
  expect(extent.countFrom(12, { countMax: 9, bytesTarget: 1 })).toBe(1)
  expect(extent.countFrom(19, { countMax: 9, bytesTarget: 10_000 })).toBe(2)
  expect(extent.countFrom(10, { countMax: 9, bytesTarget: 10_000 })).toBe(0)
  expect(extent.countFrom(21, { countMax: 9, bytesTarget: 10_000 })).toBe(0)
})
