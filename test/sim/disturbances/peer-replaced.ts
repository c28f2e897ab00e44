import type { Disturbance } from './disturbance.ts'
import { changeMembership, isVoter, outsidersOf } from './membership-change.ts'

/** An operator who leaves the joint configuration by hand does so after a while. */
const jointUs = 5_000_000

/** Another machine takes the struck one's place, by way of a joint configuration. */
export const peerReplaced: Disturbance = {
  name: 'peer replaced',
  everyTicks: 400,
  strike: (strike) => {
    const { peer, stage, dice } = strike
    const outsiders = outsidersOf(strike)
    const isJoint = stage.changes.membership.outgoing.length > 0
    if (isJoint) return changeMembership(strike, { transition: 'auto', steps: [] })
    if (!isVoter(strike) || outsiders.length === 0) return false
    const isByHand = dice.chance(0.25)
    const kind = dice.chance(0.3) ? 'add_learner' : 'remove'
    const steps = [
      { kind, peer },
      { kind: 'add_voter', peer: dice.pick(outsiders) },
    ] as const
    if (isByHand) {
      stage.undoAfter(dice.exponential(jointUs), () => changeMembership(strike, { transition: 'auto', steps: [] }))
    }
    return changeMembership(strike, { transition: isByHand ? 'joint_explicit' : 'joint_implicit', steps })
  },
}
