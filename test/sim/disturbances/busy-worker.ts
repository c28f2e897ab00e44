import type { Disturbance } from './disturbance.ts'

/** The thread of the consensus gets no time for a while; main goes on. */
export const busyWorker: Disturbance = {
  name: 'busy worker',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const { process } = peer
    if (process === undefined) return false
    const durationUs = dice.logUniform(10_000, 3_000_000)
    process.worker.stopFor(durationUs)
    stage.undoAfter(durationUs, () => process.worker.resume())
    return true
  },
}
