import type { Disturbance } from './disturbance.ts'

/** Everything to a peer takes its time, up to that of an election, or everything from it, or both. */
export const slowNetwork: Disturbance = {
  name: 'slow network',
  everyTicks: 200,
  strike: ({ peer, stage, dice }) => {
    const way = dice.pick(['from', 'to', 'both'] as const)
    const links = stage.linksOf(peer).filter((link) => way === 'both' || link[way] === peer.id)
    const delayUs = dice.pick([5_000, 40_000, 200_000, 600_000])
    for (const link of links) link.faults.delayUs = delayUs
    stage.undoAfter(dice.exponential(3_000_000), () => {
      for (const link of links) link.faults.delayUs = 0
    })
    return links.length > 0
  },
}
