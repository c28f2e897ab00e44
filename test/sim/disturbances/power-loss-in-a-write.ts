import type { Disturbance } from './disturbance.ts'

/** The machine loses power in the middle of one of its next writes, which is done, not done or torn. */
export const powerLossInAWrite: Disturbance = {
  name: 'power loss in a write',
  everyTicks: 500,
  strike: ({ peer, stage, dice }) => {
    const { disk } = peer
    if (disk.powerCutAfterWrites !== undefined) return false
    disk.powerCutAfterWrites = dice.between(1, 6)
    disk.onPowerCut = () => stage.crash(peer, 'power', 300_000 + dice.exponential(2_000_000))
    stage.undoAfter(20_000_000, () => {
      disk.powerCutAfterWrites = undefined
    })
    return true
  },
}
