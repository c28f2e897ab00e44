import type { Disturbance } from './disturbance.ts'

/**
 * What the others answer a peer is long on its way, and meanwhile it is no longer heard itself: what it then learns tells
 * of a time in which it was.
 */
export const lateAnswers: Disturbance = {
  name: 'late answers',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const all = stage.linksOf(peer)
    const answers = all.filter(({ to }) => to === peer.id)
    const own = all.filter(({ from }) => from === peer.id)
    const delayUs = dice.logUniform(50_000, 700_000)
    for (const link of answers) link.faults.delayUs = delayUs
    stage.undoAfter(dice.between(300_000, 2_000_000), () => {
      for (const link of own) stage.network.cut(link)
      stage.undoAfter(dice.exponential(2_000_000), () => {
        for (const link of answers) link.faults.delayUs = 0
        for (const link of own) stage.network.mend(link)
      })
    })
    return all.length > 0
  },
}
