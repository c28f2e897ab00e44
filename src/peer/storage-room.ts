import { formatSize } from './size.ts'

/** Below the reserve, or above the quota, this peer takes nothing that makes it grow. */
export interface StorageLimits {
  /** Of the data directory. */
  readonly quotaBytes: number
  /** Free on its disk. */
  readonly reserveBytes: number
}

/** What was measured. */
export interface StorageUse {
  /** Of the data directory, without the ballast. */
  readonly usedBytes: number
  readonly freeBytes: number
  /** The ballast is in its place. */
  readonly hasBallast: boolean
}

/** An alarm ends once there is so much more room than what raised it, or it would come and go with each write. */
const clearance = 1.1

/**
 * The file that is given up when the disk is full all the same, as a part of the reserve: LevelDB needs some room to
 * open what it has, and to drop what was deleted.
 */
const ballastPart = 1 / 8

/** What two databases may write when they open, of up to 4 MiB each. */
const ballastBytesMax = 8 * 1024 * 1024

export function ballastBytesOf({ reserveBytes }: StorageLimits): number {
  return Math.min(ballastBytesMax, Math.floor(reserveBytes * ballastPart))
}

/** Why this peer has no room, in words; '' if it has. `isRaised` says whether it had none when it was asked last. */
export function alarmOf(use: StorageUse, limits: StorageLimits, isRaised: boolean): string {
  const { quotaBytes, reserveBytes } = limits
  const factor = isRaised ? clearance : 1
  if (use.usedBytes * factor > quotaBytes) {
    return `its data directory holds ${formatSize(use.usedBytes)}, and the quota is ${formatSize(quotaBytes)}`
  }
  if (use.freeBytes < reserveBytes * factor) {
    return `its disk has ${formatSize(use.freeBytes)} left, and ${formatSize(reserveBytes)} are kept in reserve`
  }
  return use.hasBallast ? '' : 'its ballast could not be put back'
}
