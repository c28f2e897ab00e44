import type { Disturbance } from './disturbance.ts'

/** The main thread is busy (a long import, a collection of garbage) while the thread of the consensus goes on. */
export const mainStall: Disturbance = {
  name: 'main stall',
  everyTicks: 250,
  strike: ({ peer, stage, dice }) => {
    const { process } = peer
    if (process === undefined) return false
    const durationUs = dice.logUniform(10_000, 4_000_000)
    process.main.stopFor(durationUs)
    stage.undoAfter(durationUs, () => process.main.resume())
    return true
  },
}
