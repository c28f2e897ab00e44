import type { PeerId } from '../types.ts'
import { confChangeOf, encodeConfChange } from './conf-text.ts'
import type { Dice } from './dice.ts'
import type { SimCluster } from './sim-cluster.ts'
import type { SimPeer } from './sim-peer.ts'

/** Proposes some change of the configuration to every peer that leads; how many were taken. */
export function changeConfiguration(cluster: SimCluster, dice: Dice): number {
  let taken = 0
  for (const peer of leaders(cluster)) {
    const text = drawChange(peer, [...cluster.peers.keys()], dice)
    if (peer.core.proposeConfChange(confChangeOf(text), encodeConfChange(text)) === undefined) taken++
  }
  return taken
}

function drawChange(peer: SimPeer, ids: readonly PeerId[], dice: Dice): string {
  if (peer.status.confState.votersOutgoing.length > 0) return 'leave'
  const mark = () => `${dice.pick(['+', '+', '+', '~', '-'])}${dice.pick(ids)}`
  if (dice.chance(0.5)) return mark()
  const marks = Array.from({ length: 1 + dice.below(4) }, mark)
  return [dice.pick(['joint', 'joint', 'explicit']), ...marks].join(' ')
}

/** Hands leadership over to anybody, or advises to. */
export function transferLeadership(cluster: SimCluster, dice: Dice): void {
  const ids = [...cluster.peers.keys()]
  for (const peer of leaders(cluster)) peer.core.transferLeader(dice.pick(ids))
  if (dice.chance(0.2)) {
    for (const peer of cluster.up()) peer.core.setPriorities(new Map([[dice.pick(ids), 1 + dice.below(3)]]))
  }
}

/** A peer takes a snapshot, and may forget what it holds, except for a tail. */
export function compact(peer: SimPeer, dice: Dice): void {
  if (peer.applied.length < peer.disk.firstIndex()) return
  peer.takeSnapshot()
  const upTo = peer.applied.length - dice.below(4)
  if (dice.chance(0.8) && upTo >= peer.disk.firstIndex()) peer.disk.compact(upTo)
}

/** Says how the transports of snapshots have ended, rightly or not. */
export function reportSnapshots(cluster: SimCluster, delivered: () => boolean): void {
  for (const peer of leaders(cluster)) {
    for (const { id, state } of peer.status.progress)
      if (state === 'snapshot') peer.core.reportSnapshot(id, delivered())
  }
}

function leaders(cluster: SimCluster): readonly SimPeer[] {
  return cluster.up().filter((peer) => peer.status.role === 'leader')
}
