import type { Disturbance } from './disturbance.ts'

/**
 * The clocks of a peer run fast or slow: the monotonic one by as much as the lease allows for between two peers, the
 * wall clock by a tenth.
 */
export const clockDrift: Disturbance = {
  name: 'clock drift',
  everyTicks: 400,
  strike: ({ peer, stage, dice }) => {
    peer.clock.drift(1 + (dice.next() - 0.5) * 0.048)
    peer.clock.driftWall(1 + (dice.next() - 0.5) * 0.2)
    stage.undoAfter(dice.exponential(30_000_000), () => {
      peer.clock.drift(1)
      peer.clock.driftWall(1)
    })
    return true
  },
}
