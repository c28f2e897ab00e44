import type { Disturbance } from './disturbance.ts'

/** A peer is heard and does not hear, or the other way round; of all others, or of some. */
export const oneWayPartition: Disturbance = {
  name: 'one-way partition',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const isDeaf = dice.chance(0.5)
    const cut = stage.linksOf(peer).filter(({ to }) => (to === peer.id) === isDeaf && dice.chance(0.8))
    for (const link of cut) stage.network.cut(link)
    stage.undoAfter(dice.exponential(4_000_000), () => {
      for (const link of cut) stage.network.mend(link)
    })
    return cut.length > 0
  },
}
