import type { Pace } from '../clients/pace.ts'
import type { Dice } from '../world/dice.ts'

const shelfNames = ['ash', 'birch', 'cedar', 'elm', 'fir', 'hazel', 'larch', 'maple'] as const

/** Peers of the cluster: mostly three. */
export function drawSize(dice: Dice): number {
  return dice.pick([3, 3, 3, 3, 3, 3, 3, 5, 5, 1])
}

export function drawPace(dice: Dice): Pace {
  return {
    clients: dice.between(2, 5),
    pauseMs: dice.logUniform(250, 4_000),
    reads: dice.pick([0.1, 0.3, 0.5]),
    watchers: dice.pick([0, 1, 1, 2]),
    names: shelfNames.slice(0, dice.pick([1, 2, 4, 8])),
    tryMs: dice.pick([500, 2_000, 5_000]),
    cancels: dice.pick([0, 0.05, 0.2]),
  }
}
