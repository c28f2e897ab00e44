import type { Disturbance } from './disturbance.ts'

/** The process stops and goes on (SIGSTOP and SIGCONT): its clocks run, and what came meanwhile comes at once. */
export const pause: Disturbance = {
  name: 'pause',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const { process } = peer
    if (process === undefined) return false
    const durationUs = dice.logUniform(50_000, 8_000_000)
    const threads = [process.main, process.worker]
    for (const thread of threads) thread.stopFor(durationUs)
    stage.undoAfter(durationUs, () => {
      for (const thread of threads) thread.resume()
    })
    return true
  },
}
