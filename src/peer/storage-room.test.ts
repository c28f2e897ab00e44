import { expect, test } from 'vitest'
import { alarmOf, ballastBytesOf, type StorageUse } from './storage-room.ts'

const MiB = 1024 * 1024
const limits = { quotaBytes: 1000 * MiB, reserveBytes: 100 * MiB }
const roomy: StorageUse = { usedBytes: 10 * MiB, freeBytes: 500 * MiB, hasBallast: true }

test('with room there is no alarm', () => {
  expect(alarmOf(roomy, limits, false)).toBe('')
  expect(alarmOf(roomy, limits, true)).toBe('')
})

test.each([
  ['over its quota', { usedBytes: 1001 * MiB }, 'its data directory holds 1001 MiB, and the quota is 1000 MiB'],
  ['below its reserve', { freeBytes: 99 * MiB }, 'its disk has 99 MiB left, and 100 MiB are kept in reserve'],
  ['without ballast', { hasBallast: false }, 'its ballast could not be put back'],
])('a peer %s says so', (_, use, reason) => {
  expect(alarmOf({ ...roomy, ...use }, limits, false)).toBe(reason)
})

test('an alarm is left with a little more room than what raised it', () => {
  for (const use of [{ freeBytes: 105 * MiB }, { usedBytes: 950 * MiB }]) {
    expect(alarmOf({ ...roomy, ...use }, limits, false)).toBe('')
    expect(alarmOf({ ...roomy, ...use }, limits, true)).not.toBe('')
  }
  expect(alarmOf({ ...roomy, freeBytes: 111 * MiB, usedBytes: 900 * MiB }, limits, true)).toBe('')
})

test('the ballast is a part of the reserve, and no more than is of use', () => {
  expect(ballastBytesOf({ ...limits, reserveBytes: 20 * MiB })).toBe(2.5 * MiB)
  expect(ballastBytesOf({ ...limits, reserveBytes: 100_000 * MiB })).toBe(8 * MiB)
  expect(ballastBytesOf({ ...limits, reserveBytes: 0 })).toBe(0)
})
