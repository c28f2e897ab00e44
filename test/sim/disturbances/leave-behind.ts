import { logImageOf, logBaseOf } from '../oracle/log-image.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import { logOf } from './damaged-disk.ts'
import type { Strike } from './disturbance.ts'
import type { Stage } from './stage.ts'

/** Nobody is left behind for longer than this. */
const awayUsMax = 60_000_000

/** How often somebody looks whether the others have cut their logs. */
const lookUs = 250_000

/**
 * Keeps a peer away, cut off or down, until another one has cut its log beyond what this one has, so that it needs a
 * snapshot; or for a minute. False where no log is ever cut, or nobody else could go on.
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
  const { lastIndex } = logImageOf(own)
  return peers.some((other) => {
    const log = logOf(other.disk)
    return log !== undefined && logBaseOf(log).index > lastIndex
  })
}
