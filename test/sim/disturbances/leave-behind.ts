import { sameChain, type Chain } from '../../../src/raft/store/chain.ts'
import { decodeFrame } from '../../../src/raft/store/frame.ts'
import { isDamage } from '../../../src/raft/store/read-log.ts'
import type { TruncationPoint } from '../../../src/raft/store/records.ts'
import { logBaseOf, logImageOf, type LogImage } from '../oracle/log-image.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import { logOf } from './damaged-disk.ts'
import type { Strike } from './disturbance.ts'
import type { Stage } from './stage.ts'

/** Nobody is left behind for longer than this. */
const awayUsMax = 60_000_000

/** How often somebody looks whether the others have cut their logs. */
const lookUs = 250_000

/**
 * Keeps a peer away, cut off or down, until another one has cut its log beyond what they have in common, so that it
 * needs a snapshot; or for a minute. False where no log is ever cut, or nobody else could go on.
 */
export function leaveBehind(strike: Strike): boolean {
  const { peer, stage, dice } = strike
  if (peer.world.snapshotPace.compactionLimits === undefined || stage.peers.length < 3 || peer.isHeldDown) return false
  const comeBack = dice.chance(0.5) ? cutOff(strike) : takeDown(strike)
  let isAway = true
  const end = () => {
    if (!isAway) return
    isAway = false
    comeBack()
  }
  stage.undoAfter(awayUsMax, end)
  const look = () => {
    if (!isAway) return
    if (isLeftBehind(peer, stage)) end()
    else stage.timeline.after(lookUs, look)
  }
  stage.timeline.after(lookUs, look)
  return true
}

function cutOff({ peer, stage }: Strike): () => void {
  const links = stage.linksOf(peer)
  for (const link of links) stage.network.cut(link)
  return () => {
    for (const link of links) stage.network.mend(link)
  }
}

function takeDown({ peer, stage, dice }: Strike): () => void {
  stage.crash(peer, dice.chance(0.5) ? 'process' : 'power', awayUsMax)
  return () => {
    peer.isHeldDown = false
    peer.start()
  }
}

function isLeftBehind(peer: SimPeer, { peers }: Stage): boolean {
  const own = logOf(peer.disk)
  if (own === undefined) return true
  const image = logImageOf(own)
  return peers.some((other) => {
    const log = logOf(other.disk)
    return log !== undefined && !reaches(image, logBaseOf(log))
  })
}

/** A log that holds another entry there, which was never committed, goes on no better than one that ends before. */
function reaches({ base, entries }: LogImage, { index, chain }: TruncationPoint): boolean {
  if (base.index >= index) return true
  const bytes = entries.get(index)
  const own = bytes && chainOf(bytes, index)
  return own !== undefined && sameChain(own, chain)
}

/** Undefined if the entry has been damaged. */
function chainOf(bytes: Uint8Array, index: number): Chain | undefined {
  try {
    return decodeFrame(bytes, index).chain
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}
