import type { Strike } from './disturbance.ts'

/** After that nobody waits for the write any more. */
const waitUs = 20_000_000

/**
 * The machine loses power in the middle of one of its next writes, `writesMax` of them at most, which is done, not done or
 * torn. It comes back after `downMeanUs` on average, and a little more. False if power is to be lost like this already.
 */
export function cutPowerInAWrite({ peer, stage, dice }: Strike, writesMax: number, downMeanUs: number): boolean {
  const { disk } = peer
  if (disk.powerCutAfterWrites !== undefined) return false
  disk.powerCutAfterWrites = dice.between(1, writesMax)
  disk.onPowerCut = () => stage.crash(peer, 'power', 300_000 + dice.exponential(downMeanUs))
  stage.undoAfter(waitUs, () => {
    disk.powerCutAfterWrites = undefined
  })
  return true
}
