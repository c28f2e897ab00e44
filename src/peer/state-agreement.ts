import type { StateHash } from '../state/state-hashes.ts'

/** The state of one peer at one index, as it says. */
export interface Report {
  readonly peer: string
  readonly hash: StateHash
}

/** What the voters' reports of one index say about this peer. */
export type Agreement =
  /** Too few have spoken, and those that have agree. */
  | { readonly kind: 'open' }
  /** A majority of the voters has the same state, and this peer is among them. */
  | { readonly kind: 'agreed' }
  /** A majority of the voters has the same state, and this peer has another one. */
  | { readonly kind: 'outvoted'; readonly majority: readonly string[] }
  /**
   * There is a difference, and no majority that says who is right. One that has not spoken yet may make one; until then
   * nobody knows on what a write would stand.
   */
  | { readonly kind: 'disputed'; readonly groups: readonly (readonly string[])[] }

/** Judges one index. `reports` holds at most one report of each voter, this peer's own among them. */
export function judge(
  reports: readonly Report[],
  voters: { readonly count: number; readonly self: string },
): Agreement {
  const groups = new Map<string, string[]>()
  for (const { peer, hash } of reports) {
    const members = groups.get(textOf(hash))
    if (members === undefined) groups.set(textOf(hash), [peer])
    else members.push(peer)
  }
  const majority = [...groups.values()].find((members) => members.length * 2 > voters.count)
  if (majority?.includes(voters.self) === true) return { kind: 'agreed' }
  if (majority !== undefined) return { kind: 'outvoted', majority }
  return groups.size <= 1 ? { kind: 'open' } : { kind: 'disputed', groups: [...groups.values()] }
}

/** All that has to be equal (log.md, rule 21). */
function textOf({ index, hash, revision, logTimeMs, floor, stateVersion }: StateHash): string {
  return JSON.stringify([index, hash, revision, logTimeMs, floor, stateVersion])
}
