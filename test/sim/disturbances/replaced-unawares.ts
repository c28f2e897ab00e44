import type { Disturbance } from './disturbance.ts'

/**
 * A peer's connections are reset, so that others campaign at once, and its state hears of all that late, while answers to
 * its reads come in time: it takes itself for what it was, and is told of indexes by its successor.
 */
export const replacedUnawares: Disturbance = {
  name: 'replaced unawares',
  everyTicks: 80,
  strike: ({ peer, stage, dice }) => {
    peer.eventDelayMaxUs = dice.between(1_000_000, 4_000_000)
    const links = stage.linksOf(peer)
    for (const link of links) stage.network.reset(link)
    stage.undoAfter(dice.exponential(4_000_000), () => {
      peer.eventDelayMaxUs = 0
    })
    return links.length > 0
  },
}
