import type { MembershipChange } from '../../../src/raft/store/conf-change-entry.ts'
import { namesOf } from '../oracle/membership-model.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { Strike } from './disturbance.ts'

/** Fewer voters than this are not left by anybody who removes one. */
export const votersMin = 2

/** Machines that take no part: new ones, and those that were removed. */
export function outsidersOf({ stage }: Strike): readonly SimPeer[] {
  const names = namesOf(stage.changes.membership)
  return stage.peers.filter(({ id }) => !names.has(id))
}

export function isVoter({ peer, stage }: Pick<Strike, 'peer' | 'stage'>): boolean {
  return stage.changes.membership.voters.includes(peer.id)
}

/**
 * Asks whoever leads, or the struck one if nobody does, for a change; machines that it adds are installed. False if it is
 * none, or the cluster might not recover from it even in theory.
 */
export function changeMembership({ peer, stage }: Strike, change: MembershipChange): boolean {
  const { changes, atlas } = stage
  const { voters: before } = changes.membership
  const named = change.steps.map((step) => step.peer.id)
  const added = change.steps.filter(({ kind }) => kind === 'add_voter').map((step) => step.peer.id)
  const voters = [...before.filter((id) => !named.includes(id)), ...added]
  if (!atlas.mayVote(voters)) return false
  for (const { kind, peer: address } of change.steps) if (kind !== 'remove') stage.install(address.id)
  const leader = stage.peers.find(({ isSound, role }) => isSound && role === 'leader') ?? peer
  changes.ask(leader, change, voters)
  return true
}
