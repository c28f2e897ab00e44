import type { SimPeer } from '../peer/sim-peer.ts'
import type { Disturbance } from './disturbance.ts'
import { pause } from './pause.ts'

/**
 * An operator hands leadership over: a leader that is struck to somebody else, else whoever leads to who is struck. At
 * times the target stands still just then, and hears of it when the transfer has long failed.
 */
export const leadershipTransfer: Disturbance = {
  name: 'leadership transfer',
  everyTicks: 300,
  strike: ({ peer, stage, dice }) => {
    const others = stage.peers.filter((other) => other !== peer)
    const leader = peer.role === 'leader' ? peer : others.find(({ role, isSound }) => isSound && role === 'leader')
    if (leader === undefined || others.length === 0) return false
    const target = leader === peer ? dice.pick(others) : peer
    if (dice.chance(0.4)) pause.strike({ peer: target, stage, dice })
    askFor(leader, target)
    return true
  },
}

/** The one who is asked may have ended, or lead no more, by the time its main takes it. */
function askFor({ process }: SimPeer, target: SimPeer): void {
  process?.main.take(() => void process.member?.transferLeader(target.id))
}
