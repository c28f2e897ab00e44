import type { LogSizes } from './log-sizes.ts'

/** When a log is cut, and how much of it stays. */
export interface CompactionLimits {
  /** A log longer than this is cut. */
  readonly entriesMax: number
  /** A log larger than this is cut. */
  readonly bytesMax: number
  /** What stays for followers that are slow or away for a while: they need no snapshot. */
  readonly tail: { readonly entriesMax: number; readonly bytesMax: number }
}

export const compactionLimits: CompactionLimits = {
  entriesMax: 100_000,
  bytesMax: 256 * 1024 * 1024,
  tail: { entriesMax: 50_000, bytesMax: 128 * 1024 * 1024 },
}

/**
 * Entries that one batch deletes: it holds the log's writer for about 10 ms, and what came meanwhile is written before
 * the next slice.
 */
export const compactionSliceEntries = 1000

/** Somebody who is being sent a snapshot holds up the cutting of the log; beyond so many times its limit not any more. */
export const overrunMax = 4

/** The entry up to which a log should be cut now; undefined if it is within its limits. */
export function compactionTarget(
  log: { readonly firstIndex: number; readonly lastIndex: number; readonly sizes: LogSizes },
  limits: CompactionLimits,
): number | undefined {
  const { firstIndex, lastIndex, sizes } = log
  if (lastIndex - firstIndex + 1 <= limits.entriesMax && sizes.totalBytes <= limits.bytesMax) return undefined
  // A tail within its limits is shorter than a log beyond them.
  return sizes.beforeTail(limits.tail)
}

/** Cutting a log must bring it below its limits, or it would be cut again at once. */
export function checkCompactionLimits({ entriesMax, bytesMax, tail }: CompactionLimits): void {
  if (tail.entriesMax < 1 || tail.entriesMax > entriesMax) throw new RangeError('the tail of a log is part of it')
  if (tail.bytesMax > bytesMax) throw new RangeError('the tail of a log is no larger than the log')
}

checkCompactionLimits(compactionLimits)
