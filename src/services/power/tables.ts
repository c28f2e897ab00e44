import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { PowerTransitionRowSchema } from '../../gen/trivet/rows/v1/session_pb.ts'
import { table } from '../../state/table.ts'

/** Power transitions: each an intent that was committed before its command was sent. */
export const powerTransitions = table({
  name: 'power_transition',
  row: PowerTransitionRowSchema,
  key: (transition) => transition.id,
  buckets: {
    session: (transition) => (transition.sessionId === '' ? undefined : transition.sessionId),
    node: (transition) => transition.nodeId,
    /** Transitions of a node whose end is not known. There is at most one. */
    openOnNode: (transition) => (isOpen(transition.transitionState) ? transition.nodeId : undefined),
  },
})

/** Whether the end of a transition is not known yet. */
export function isOpen(state: TransitionState): boolean {
  return state === TransitionState.INTENDED || state === TransitionState.ACCEPTED
}
