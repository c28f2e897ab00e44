import { TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'

/** What a target goes through, in order, in the words of messages. */
const stages = ['power status', 'power off', 'power on', 'boot', 'done'] as const

/** What a target was at, at a step. */
export function stageOf(step: TargetStep): (typeof stages)[number] {
  switch (step) {
    case TargetStep.OFF_SENT:
      return 'power off'
    case TargetStep.OFF_SEEN:
    case TargetStep.BOUND:
    case TargetStep.ON_SENT:
      return 'power on'
    case TargetStep.ON_SEEN:
    case TargetStep.SCRIPT_FETCHED:
    case TargetStep.REPORTED:
      return 'boot'
    case TargetStep.SUCCEEDED:
      return 'done'
    default:
      return 'power status'
  }
}

/**
 * True when a target that comes to a step has passed the stage in which something went wrong before: the error is
 * overcome. One of an earlier attempt stands until the next attempt has come further.
 */
export function overcomes(to: TargetStep, errorStep: TargetStep): boolean {
  return stages.indexOf(stageOf(to)) > stages.indexOf(stageOf(errorStep))
}
