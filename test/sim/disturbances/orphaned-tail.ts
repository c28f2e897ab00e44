import type { SimPeer } from '../peer/sim-peer.ts'
import type { Disturbance, Strike } from './disturbance.ts'

/** How long the others do not hear the two: long enough for an append or two, and not for the check of the quorum. */
const apartUs = { low: 200_000, high: 1_500_000 } as const

/** The disk outlasts it by an election and some writes. */
const stalledUs = { low: 3_000_000, high: 9_000_000 } as const

/** A write takes so many times as long as usual: seconds. The next one begins when it has ended, on what there is then. */
const slowness = { low: 2_000, high: 8_000 } as const

/**
 * What an old leader appended last is on its way to a follower's disk, which is slow or stalls, when a new leader replaces
 * it: the end of an old write says nothing about what stands there by then.
 */
export const orphanedTail: Disturbance = {
  name: 'orphaned tail',
  everyTicks: 200,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    const others = stage.peers.filter((other) => other !== peer && other.isUp)
    if (others.length < 2) return false
    const leader = peer.role === 'leader' ? peer : (others.find(({ role }) => role === 'leader') ?? dice.pick(others))
    const follower = peer === leader ? dice.pick(others) : peer
    if (dice.chance(0.5)) stall(follower, strike)
    else slowDown(follower, strike)
    stall(leader, strike)
    const two = new Set([leader.id, follower.id])
    const links = [...stage.network.links].filter(({ from, to }) => two.has(from) !== two.has(to))
    for (const link of links) stage.network.cut(link)
    stage.undoAfter(dice.between(apartUs.low, apartUs.high), () => {
      for (const link of links) stage.network.mend(link)
      // Unwritten, its own copy is lost: so it can vote for somebody who has none.
      stage.crash(leader, 'power', dice.exponential(500_000))
      leader.disk.stalledUntilUs = 0
    })
    return true
  },
}

function stall({ disk }: SimPeer, { stage, dice }: Strike): void {
  const durationUs = dice.between(stalledUs.low, stalledUs.high)
  disk.stalledUntilUs = stage.timeline.nowUs + durationUs
  stage.undoAfter(durationUs, () => {
    disk.stalledUntilUs = 0
  })
}

function slowDown({ disk }: SimPeer, { stage, dice }: Strike): void {
  disk.slowness = dice.between(slowness.low, slowness.high)
  stage.undoAfter(dice.between(stalledUs.low, stalledUs.high), () => {
    disk.slowness = 1
  })
}
