import type { Disturbance } from './disturbance.ts'

/** A peer is taken back to the release of before. If the cluster uses what that does not know, it refuses and says so. */
export const olderRelease: Disturbance = {
  name: 'older release',
  everyTicks: 600,
  strike: ({ peer, stage, dice }) => {
    if (peer.release === 1) return false
    peer.release--
    stage.crash(peer, 'process', dice.exponential(500_000))
    return true
  },
}
