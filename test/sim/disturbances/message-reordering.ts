import type { Disturbance } from './disturbance.ts'

/** Messages of the consensus overtake each other. */
export const messageReordering: Disturbance = {
  name: 'message reordering',
  everyTicks: 200,
  strike: ({ peer, stage, dice }) => {
    const links = stage.linksOf(peer)
    for (const link of links) link.faults.reordering = dice.pick([0.05, 0.3])
    stage.undoAfter(dice.exponential(4_000_000), () => {
      for (const link of links) link.faults.reordering = 0
    })
    return links.length > 0
  },
}
