import type { Disturbance } from './disturbance.ts'

/**
 * What a peer sends arrives, except for entries: a leader goes on to lead, and what it appends piles up with it alone.
 * Then they pass again, or it is gone for a while, and what it had proposed with it.
 */
export const lostEntries: Disturbance = {
  name: 'lost entries',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const links = stage.linksOf(peer).filter(({ from }) => from === peer.id)
    for (const link of links) link.faults.losesEntries = true
    const isGoneThen = dice.chance(0.5)
    const downUs = dice.exponential(2_000_000)
    stage.undoAfter(dice.logUniform(100_000, 6_000_000), () => {
      for (const link of links) link.faults.losesEntries = false
      if (isGoneThen) stage.crash(peer, 'process', downUs)
    })
    return links.length > 0
  },
}
