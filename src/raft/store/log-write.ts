import type { Entry, HardState } from '../core/types.ts'

/** One `storage_append` of the core. */
export interface LogWrite {
  /** Undefined if it did not change. */
  readonly hardState: HardState | undefined
  /** Contiguous. They replace whatever the log holds from the first one's index on. */
  readonly entries: readonly Entry[]
  /** Called once all of it is durable: only now may the messages leave that promise it. */
  readonly durable: () => void
}

/** Several writes as one batch. */
export interface MergedWrites {
  readonly taken: readonly LogWrite[]
  readonly entries: readonly Entry[]
  /** The last one given; undefined if none was. */
  readonly hardState: HardState | undefined
}

/**
 * Joins the first writes of a queue, at least one and then as many as fit, into what they come to together: a later
 * write replaces what an earlier one has put at the same indexes and behind.
 */
export function mergeWrites(queue: readonly LogWrite[], bytesMax: number): MergedWrites {
  const entries: Entry[] = []
  let hardState: HardState | undefined
  let bytes = 0
  let count = 0
  for (const write of queue) {
    for (const entry of write.entries) bytes += entry.data.length
    if (count > 0 && bytes > bytesMax) break
    const [next] = write.entries
    if (next !== undefined) {
      while (entries.length > 0 && entries.at(-1)!.index >= next.index) entries.pop()
      const before = entries.at(-1)
      if (before !== undefined && next.index !== before.index + 1) {
        throw new Error(`entry ${next.index} does not follow entry ${before.index}`)
      }
      entries.push(...write.entries)
    }
    hardState = write.hardState ?? hardState
    count++
  }
  return { taken: queue.slice(0, count), entries, hardState }
}
