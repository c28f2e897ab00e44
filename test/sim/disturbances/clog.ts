import type { Disturbance } from './disturbance.ts'

/** What is sent from or to a peer waits, and then arrives all at once. */
export const clog: Disturbance = {
  name: 'clog',
  everyTicks: 250,
  strike: ({ peer, stage, dice }) => {
    const untilUs = stage.timeline.nowUs + dice.exponential(1_200_000)
    const links = stage.linksOf(peer).filter(() => dice.chance(0.7))
    for (const link of links) link.faults.cloggedUntilUs = untilUs
    return links.length > 0
  },
}
