import { invariant } from './invariant.ts'
import { none, type ConfState, type PeerId } from './types.ts'

/** What happens to one peer. */
export interface ConfChangeStep {
  readonly kind: 'add_voter'
  readonly peer: PeerId
}

/**
 * A change of the configuration, in a form that fits joint consensus (thesis §4.3): several steps, and how they are
 * carried out together. `bootstrap` starts from an empty configuration, with nobody to agree with: entry 1 only.
 */
export interface ConfChange {
  readonly transition: 'bootstrap'
  readonly steps: readonly ConfChangeStep[]
}

/** The change that makes these peers the first voters; steps ascend by peer. */
export function bootstrapChange(voters: readonly PeerId[]): ConfChange {
  const steps = voters.toSorted().map((peer): ConfChangeStep => ({ kind: 'add_voter', peer }))
  return { transition: 'bootstrap', steps }
}

/** The configuration that a change makes of another one. */
export function confStateAfter(before: ConfState, change: ConfChange): ConfState {
  invariant(before.voters.length === 0 && before.learners.length === 0, 'a cluster is bootstrapped once')
  const voters = change.steps.map((step) => step.peer)
  const after: ConfState = { voters, votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }
  checkConfState(after)
  return after
}

/** Asserts what every configuration keeps: lists ascend, and nobody both votes and only listens. */
export function checkConfState(confState: ConfState): void {
  const { voters, votersOutgoing, learners, learnersNext } = confState
  for (const ids of [voters, votersOutgoing, learners, learnersNext]) {
    invariant(!ids.includes(none), 'every peer has an id')
    invariant(
      ids.every((id, at) => at === 0 || ids[at - 1]! < id),
      'the lists of a configuration ascend',
    )
  }
  const voting = new Set([...voters, ...votersOutgoing])
  invariant(
    learners.every((id) => !voting.has(id)),
    'a learner does not vote',
  )
  invariant(
    learnersNext.every((id) => votersOutgoing.includes(id)),
    'only a voter that leaves becomes a learner later',
  )
  invariant(voters.length > 0, 'a configuration has a voter')
}
