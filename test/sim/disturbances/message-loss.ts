import type { Disturbance } from './disturbance.ts'

/** Messages of the consensus vanish on the links of a peer, one by one. */
export const messageLoss: Disturbance = {
  name: 'message loss',
  everyTicks: 150,
  strike: ({ peer, stage, dice }) => {
    const loss = dice.pick([0.02, 0.1, 0.3, 0.6])
    const links = stage.linksOf(peer)
    for (const link of links) link.faults.loss = loss
    stage.undoAfter(dice.exponential(2_500_000), () => {
      for (const link of links) link.faults.loss = 0
    })
    return links.length > 0
  },
}
