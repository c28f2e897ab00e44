import type { Disturbance } from './disturbance.ts'
import { changeMembership, outsidersOf } from './membership-change.ts'

/** A machine is made part of the cluster: it listens first, and votes later; or it votes at once, by who is in a hurry. */
export const peerAdded: Disturbance = {
  name: 'peer added',
  everyTicks: 250,
  strike: (strike) => {
    const { stage, dice } = strike
    const { learners } = stage.changes.membership
    const listening = stage.peers.filter(({ id }) => learners.includes(id))
    const candidates = [...listening, ...outsidersOf(strike)]
    if (candidates.length === 0) return false
    const peer = dice.pick(candidates)
    const kind = listening.includes(peer) || dice.chance(0.3) ? 'add_voter' : 'add_learner'
    return changeMembership(strike, { transition: 'auto', steps: [{ kind, peer }] })
  },
}
