import type { ConfState, PeerId } from './types.ts'

/** The two majorities of a configuration; `votersOutgoing` is empty unless it is joint (thesis §4.3). */
export type Voters = Pick<ConfState, 'voters' | 'votersOutgoing'>

export type VoteResult = 'pending' | 'lost' | 'won'

/**
 * What an empty half of a configuration answers, so that the other half decides alone. Both halves are empty only
 * before the bootstrap entry is applied, when nobody leads and nothing is asked.
 */
const noLimit = Number.MAX_SAFE_INTEGER

/** The highest index that a majority of each half has acknowledged. */
export function committedByQuorum(voters: Voters, ackedOf: (id: PeerId) => number): number {
  return Math.min(committedByMajority(voters.voters, ackedOf), committedByMajority(voters.votersOutgoing, ackedOf))
}

/** `won` if a majority of each half said yes, `lost` once one half no longer can. */
export function decideByQuorum(voters: Voters, voteOf: (id: PeerId) => boolean | undefined): VoteResult {
  const incoming = decideByMajority(voters.voters, voteOf)
  const outgoing = decideByMajority(voters.votersOutgoing, voteOf)
  if (incoming === outgoing) return incoming
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending'
}

/** Everybody who votes in either half, each once. */
export function allVoters(voters: Voters): ReadonlySet<PeerId> {
  return new Set([...voters.voters, ...voters.votersOutgoing])
}

function committedByMajority(ids: readonly PeerId[], ackedOf: (id: PeerId) => number): number {
  if (ids.length === 0) return noLimit
  const descending = ids.map((id) => ackedOf(id)).sort((one, other) => other - one)
  // Of five peers the third-highest index has been reached by three.
  return descending[majorityOf(ids.length) - 1]!
}

function decideByMajority(ids: readonly PeerId[], voteOf: (id: PeerId) => boolean | undefined): VoteResult {
  let granted = 0
  let missing = 0
  for (const id of ids) {
    const vote = voteOf(id)
    if (vote === undefined) missing++
    else if (vote) granted++
  }
  const needed = ids.length === 0 ? 0 : majorityOf(ids.length)
  if (granted >= needed) return 'won'
  return granted + missing >= needed ? 'pending' : 'lost'
}

function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}
