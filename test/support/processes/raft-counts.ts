import type { PeerProcess } from './peer-process.ts'

/** What the consensus thread of a peer has counted since it started. */
export interface RaftCounts {
  readonly electionsWon: number
  readonly mainStalls: number
  readonly lateTicks: number
}

/** Asks a peer for its counts, as monitoring does. */
export async function raftCounts(peer: PeerProcess): Promise<RaftCounts> {
  const response = await fetch(`http://${peer.addresses.admin}/metrics`)
  const text = await response.text()
  const count = (name: string): number => {
    const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]
    if (value === undefined) throw new Error(`${peer.name} does not count ${name}`)
    return Number(value)
  }
  return {
    electionsWon: count('trivet_raft_elections_won_total'),
    mainStalls: count('trivet_raft_main_stalls_total'),
    lateTicks: count('trivet_raft_late_ticks_total'),
  }
}
