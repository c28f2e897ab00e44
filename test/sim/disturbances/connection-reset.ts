import type { Disturbance } from './disturbance.ts'

/** Connections of a peer are reset; what was on its way is lost, and they are dialled again. */
export const connectionReset: Disturbance = {
  name: 'connection reset',
  everyTicks: 250,
  strike: ({ peer, stage, dice }) => {
    const links = stage.linksOf(peer).filter(({ isUp }) => isUp && dice.chance(0.6))
    for (const link of links) stage.network.reset(link)
    return links.length > 0
  },
}
