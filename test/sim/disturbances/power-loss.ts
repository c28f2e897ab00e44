import type { Disturbance } from './disturbance.ts'

/** A machine loses power, or all of them at once: unsynced writes are lost or torn, and connections end without a word. */
export const powerLoss: Disturbance = {
  name: 'power loss',
  everyTicks: 700,
  strike: ({ peer, stage, dice }) => {
    const struck = dice.chance(0.2) ? stage.peers.filter(({ isUp }) => isUp) : [peer]
    for (const one of struck) stage.crash(one, 'power', 300_000 + dice.exponential(3_000_000))
    return true
  },
}
