import type { Disturbance } from './disturbance.ts'

/** More writes than a start of a healthy peer makes. */
const writesMax = 12

/** Power comes back and goes again: what the first loss left, torn or lost, is being mended when the second one comes. */
export const powerLossInAStart: Disturbance = {
  name: 'power loss in a start',
  everyTicks: 700,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    if (disk.powerCutAfterWrites !== undefined) return false
    stage.crash(peer, 'power', 300_000 + dice.exponential(1_000_000))
    disk.powerCutAfterWrites = dice.between(1, writesMax)
    disk.onPowerCut = () => stage.crash(peer, 'power', 300_000 + dice.exponential(1_000_000))
    stage.undoAfter(20_000_000, () => {
      disk.powerCutAfterWrites = undefined
    })
    return true
  },
}
