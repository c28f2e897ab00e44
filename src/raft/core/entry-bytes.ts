import type { Entry } from './types.ts'

/** The bytes that limits count: the data of the entries, without their frames. */
export function entriesBytes(entries: readonly Entry[]): number {
  let bytes = 0
  for (const entry of entries) bytes += entry.data.length
  return bytes
}

/** The first entries, at least one and then as many as fit `maxBytes`: an entry beyond the limit still gets through. */
export function limitEntries(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let bytes = 0
  for (const [at, entry] of entries.entries()) {
    bytes += entry.data.length
    if (at > 0 && bytes > maxBytes) return entries.slice(0, at)
  }
  return entries
}
