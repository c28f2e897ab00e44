import type { Disturbance } from './disturbance.ts'

/** An operator stops a peer in good order, and starts it again. */
export const gracefulStop: Disturbance = {
  name: 'graceful stop',
  everyTicks: 800,
  strike: ({ peer, stage, dice }) => {
    const { process } = peer
    if (process === undefined || peer.isHeldDown) return false
    const downUs = dice.exponential(1_000_000)
    process.main.take(() => {
      const end = () => {
        if (peer.process === process) stage.crash(peer, 'process', downUs)
      }
      // Whoever stops it waits for so long, and then kills it.
      stage.undoAfter(10_000_000, end)
      void process.stop().then(end)
    })
    return true
  },
}
