import type { Disturbance } from './disturbance.ts'
import { changeMembership, isVoter, votersMin } from './membership-change.ts'

/** The struck peer is removed, or votes no more and listens; it may be the leader, which then carries its own removal out. */
export const peerRemoved: Disturbance = {
  name: 'peer removed',
  everyTicks: 400,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    if (!isVoter(strike) || stage.changes.membership.voters.length <= votersMin) return false
    const kind = dice.chance(0.3) ? 'add_learner' : 'remove'
    return changeMembership(strike, { transition: 'auto', steps: [{ kind, peer }] })
  },
}
