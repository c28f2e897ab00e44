import type { Disturbance } from './disturbance.ts'

/** Messages of the consensus arrive twice, the second time whenever it likes. */
export const messageDuplication: Disturbance = {
  name: 'message duplication',
  everyTicks: 200,
  strike: ({ peer, stage, dice }) => {
    const links = stage.linksOf(peer)
    for (const link of links) link.faults.duplication = dice.pick([0.05, 0.3])
    stage.undoAfter(dice.exponential(4_000_000), () => {
      for (const link of links) link.faults.duplication = 0
    })
    return links.length > 0
  },
}
