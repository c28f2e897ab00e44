import { invariant } from './invariant.ts'
import { peersMax } from './limits.ts'
import { none, type ConfChange, type ConfChangeStep, type ConfState, type PeerId } from './types.ts'

/** Leaves the joint configuration; the change of a configuration entry without data. */
export const leaveJoint: ConfChange = { transition: 'auto', steps: [] }

/** The change that makes these peers the first voters; steps ascend by peer. */
export function bootstrapChange(voters: readonly PeerId[]): ConfChange {
  const steps = voters.toSorted().map((peer): ConfChangeStep => ({ kind: 'add_voter', peer }))
  return { transition: 'bootstrap', steps }
}

export function isLeaveJoint(change: ConfChange): boolean {
  return change.transition === 'auto' && change.steps.length === 0
}

/**
 * The configuration that a change makes of another one. What it asks for that is so already is no mistake. Throws
 * `CoreInvariantError` where `checkConfChange` says why it cannot be.
 */
export function confStateAfter(before: ConfState, change: ConfChange): ConfState {
  const problem = checkConfChange(before, change)
  invariant(problem === undefined, 'a change of the configuration fits the one before', () => ({
    problem: problem ?? '',
  }))
  const after = carryOut(before, change)
  checkConfState(after)
  return after
}

/** What is wrong with a change of this configuration; undefined if it can be carried out. */
export function checkConfChange(before: ConfState, change: ConfChange): string | undefined {
  const isJoint = before.votersOutgoing.length > 0
  const isEmpty = before.voters.length === 0 && before.learners.length === 0
  if (change.steps.some((step) => step.peer === none)) return 'every peer has an id'
  if (change.transition === 'bootstrap') {
    if (!isEmpty) return 'a cluster is bootstrapped once'
  } else {
    if (isEmpty) return 'a cluster is bootstrapped first'
    if (isJoint !== isLeaveJoint(change)) return isJoint ? 'it must leave the joint configuration' : 'nothing is joint'
  }
  const after = carryOut(before, change)
  if (after.voters.length === 0) return 'a configuration has a voter'
  if (peersOf(after).size > peersMax) return `more than ${peersMax} peers`
  return undefined
}

/** Asserts what every configuration keeps: lists ascend, and nobody both votes and only listens. */
export function checkConfState(confState: ConfState): void {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = confState
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
    learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id)),
    'only a voter that leaves becomes a learner later',
  )
  invariant(!autoLeave || votersOutgoing.length > 0, 'only a joint configuration is left')
  invariant(voters.length > 0, 'a configuration has a voter')
}

function peersOf(confState: ConfState): ReadonlySet<PeerId> {
  return new Set([...confState.voters, ...confState.votersOutgoing, ...confState.learners])
}

/**
 * More than one step goes by way of a joint configuration: two majorities of configurations that differ in two voters
 * need not share a peer.
 */
function carryOut(before: ConfState, change: ConfChange): ConfState {
  const { transition, steps } = change
  if (isLeaveJoint(change)) {
    const { voters, learners, learnersNext } = before
    return {
      voters,
      votersOutgoing: [],
      learners: ascending([...learners, ...learnersNext]),
      learnersNext: [],
      autoLeave: false,
    }
  }
  const isJoint = transition !== 'bootstrap' && (transition !== 'auto' || steps.length > 1)
  const votersOutgoing = isJoint ? before.voters : []
  const voters = new Set(before.voters)
  const learners = new Set(before.learners)
  const learnersNext = new Set<PeerId>()
  for (const { kind, peer } of steps) {
    for (const list of [voters, learners, learnersNext]) list.delete(peer)
    if (kind === 'add_voter') voters.add(peer)
    // Who still votes in the configuration that is left becomes a learner only when that is left.
    else if (kind === 'add_learner') (votersOutgoing.includes(peer) ? learnersNext : learners).add(peer)
  }
  return {
    voters: ascending(voters),
    votersOutgoing,
    learners: ascending(learners),
    learnersNext: ascending(learnersNext),
    autoLeave: isJoint && transition !== 'joint_explicit',
  }
}

function ascending(ids: Iterable<PeerId>): readonly PeerId[] {
  return [...ids].sort()
}
