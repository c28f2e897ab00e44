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
