import type { ConfState, PeerId } from '../core/types.ts'

/** A configuration as the core of a peer sees it that must neither vote nor campaign: it is a learner, whatever it was. */
export function withoutVoteOf(self: PeerId, confState: ConfState): ConfState {
  const others = (ids: readonly PeerId[]) => ids.filter((id) => id !== self)
  const votersOutgoing = others(confState.votersOutgoing)
  return {
    voters: others(confState.voters),
    votersOutgoing,
    learners: [...new Set([...confState.learners, self])].sort(),
    learnersNext: others(confState.learnersNext),
    autoLeave: confState.autoLeave && votersOutgoing.length > 0,
  }
}
