import type { Disturbance } from './disturbance.ts'

/** Somebody sets the wall clock of a peer, by up to an hour. */
export const wallClockJump: Disturbance = {
  name: 'wall clock jump',
  everyTicks: 300,
  strike: ({ peer, dice }) => {
    peer.clock.jumpWall(dice.between(-3_600_000, 3_600_000))
    return true
  },
}
