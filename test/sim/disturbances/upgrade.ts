import { newestVersion } from '../clients/operation.ts'
import type { Disturbance } from './disturbance.ts'

/** An operator who does not look lets the cluster use what not all peers know. */
const careless = 0.15

/**
 * Operators bring peers to the next release, one at a time; and once all of them are, let the cluster use what is new in
 * it.
 */
export const upgrade: Disturbance = {
  name: 'upgrade',
  everyTicks: 60,
  strike: ({ peer, stage, dice }) => {
    const known = Math.min(...stage.peers.map(({ release }) => release)) + (dice.chance(careless) ? 1 : 0)
    if (known > stage.versionWished && known <= newestVersion) {
      stage.wish({ kind: 'raise', name: '', other: `${++stage.versionWished}` })
      return true
    }
    if (peer.release === newestVersion) return false
    peer.release++
    stage.crash(peer, 'process', dice.exponential(300_000))
    return true
  },
}
