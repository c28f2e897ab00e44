import type { Disturbance } from './disturbance.ts'

/** Nobody reaches anybody for about as long as an election takes: a leader may lose its office and win it again. */
export const networkDown: Disturbance = {
  name: 'network down',
  everyTicks: 300,
  strike: ({ stage, dice }) => {
    const links = [...stage.network.links]
    for (const link of links) stage.network.cut(link)
    stage.undoAfter(dice.logUniform(300_000, 3_000_000), () => {
      for (const link of links) stage.network.mend(link)
    })
    return links.length > 0
  },
}
