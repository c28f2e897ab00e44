import type { Disturbance } from './disturbance.ts'

/** The network falls into two parts: the peer with some others, and the rest. Nothing passes, without a word. */
export const partition: Disturbance = {
  name: 'partition',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const side = new Set([peer.id, ...stage.peers.filter(() => dice.chance(0.3)).map(({ id }) => id)])
    const links = [...stage.network.links].filter(({ from, to }) => side.has(from) !== side.has(to))
    for (const link of links) stage.network.cut(link)
    stage.undoAfter(dice.exponential(4_000_000), () => {
      for (const link of links) stage.network.mend(link)
    })
    return links.length > 0
  },
}
