import type { Disturbance } from './disturbance.ts'

/** A write fails (EIO, ENOSPC): nobody knows what of it is there, and the process must end. */
export const writeError: Disturbance = {
  name: 'write error',
  everyTicks: 800,
  strike: ({ peer, stage }) => {
    peer.disk.failures = 1
    stage.mayDie.add(peer)
    stage.undoAfter(10_000_000, () => {
      peer.disk.failures = 0
    })
    return true
  },
}
