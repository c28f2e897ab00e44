import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import { SessionOperation, TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import type { PowerState } from '../../redfish/facts.ts'

/** What is known of a target when its next step is decided. Times are log time in milliseconds. */
export interface Situation {
  readonly operation: SessionOperation
  readonly step: TargetStep
  /** Power as observed since the last step, and not long ago; undefined while it was not, or could not be. */
  readonly power: PowerState | undefined
  /** Why the BMC cannot be asked; undefined while it can. */
  readonly unobservable: Unobservable | undefined
  /** Neither on nor off was seen for longer than the power time-out, nor the BMC's settle time. */
  readonly blindTooLong: boolean
  /** There is an open command, and if it had any effect it would show by now. */
  readonly conclusive: boolean
  /** The node fetched this attempt's script. */
  readonly fetched: boolean
  /** The node reported this attempt. */
  readonly reported: boolean
  /** The node reported the very template revision before, and was not bound to another since. */
  readonly runsThis: boolean
  /** Somebody cancelled the session. */
  readonly cancelled: boolean
  /** Another command to the same BMC is open. */
  readonly bmcBusy: boolean
  readonly nowLogMs: number
  readonly notBeforeLogMs: number
  /** When the boot counts as failed; 0 is never. */
  readonly deadlineLogMs: number
}

/** A BMC that cannot be asked. */
export interface Unobservable {
  readonly reason: string
  /** Asking again would do harm, or never helps: a wrong password locks the BMC. */
  readonly fatal: boolean
}

/** What to do next for one target. */
export type Step =
  | { readonly kind: 'done' }
  /** Nothing to do before something changes, or the time comes. */
  | { readonly kind: 'wait'; readonly untilLogMs: number | undefined; readonly reason: WaitReason }
  /** The power has to be looked at, again after a pause. */
  | { readonly kind: 'observe' }
  /** Its intent is committed before it is sent. */
  | { readonly kind: 'command'; readonly operation: PowerOperation }
  /** The evidence is there; an open command had its effect. */
  | { readonly kind: 'advance'; readonly to: TargetStep }
  /** Binds the node's boot to a new attempt. */
  | { readonly kind: 'bind' }
  /** This attempt failed, an open command with it; another one follows if there is one left. */
  | { readonly kind: 'retry'; readonly error: string }
  | { readonly kind: 'fail'; readonly error: string }
  | { readonly kind: 'cancel' }

/** `settling`: a command is open of which nothing can be seen any more; the BMC gets no other before its time is over. */
export type WaitReason = 'not_before' | 'bmc_busy' | 'node' | 'settling'

/**
 * What to do next for one target of a session. Total and pure: every combination of step, power and evidence has
 * exactly one answer (a test proves it). A new leader needs nothing else: it observes and asks the same function.
 */
export function nextStep(now: Situation): Step {
  switch (now.step) {
    case TargetStep.QUEUED:
      return beforeCommand(now) ?? fromQueued(now)
    case TargetStep.OFF_SENT:
      return waitForOff(now)
    case TargetStep.OFF_SEEN:
      return now.cancelled ? { kind: 'cancel' } : { kind: 'bind' }
    case TargetStep.BOUND:
      return beforeCommand(now) ?? fromBound(now)
    case TargetStep.ON_SENT:
      return waitForOn(now)
    case TargetStep.ON_SEEN:
      return waitForNode(now, 'the node fetched no script')
    case TargetStep.SCRIPT_FETCHED:
      return waitForNode(now, 'the node fetched its script and did not report')
    case TargetStep.REPORTED:
      return advance(TargetStep.SUCCEEDED)
    case TargetStep.SUCCEEDED:
    case TargetStep.FAILED:
    case TargetStep.CANCELLED:
      return { kind: 'done' }
    default:
      return { kind: 'fail', error: 'a target without a step: a defect' }
  }
}

function beforeCommand(now: Situation): Step | undefined {
  if (now.cancelled) return { kind: 'cancel' }
  if (now.nowLogMs < now.notBeforeLogMs) return { kind: 'wait', untilLogMs: now.notBeforeLogMs, reason: 'not_before' }
  return now.unobservable?.fatal === true ? { kind: 'fail', error: now.unobservable.reason } : blind(now)
}

function fromQueued(now: Situation): Step {
  switch (now.power) {
    case 'off':
      return advance(TargetStep.OFF_SEEN)
    case 'on':
      // An attempt that was given up and reports after all runs what it should: nothing is gained by a restart.
      if (now.reported) return advance(TargetStep.REPORTED)
      if (now.operation !== SessionOperation.REBOOT && now.runsThis) return advance(TargetStep.SUCCEEDED)
      return command(now, PowerOperation.FORCE_OFF)
    case 'powering_on':
    case 'powering_off':
    case 'unknown':
    case undefined:
      return { kind: 'observe' }
  }
}

function waitForOff(now: Situation): Step {
  if (now.power === 'off') return advance(TargetStep.OFF_SEEN)
  return withOpenCommand(now)
}

function fromBound(now: Situation): Step {
  switch (now.power) {
    case 'off':
      return command(now, PowerOperation.ON)
    case 'on':
      // Somebody else powered it on; what it boots may be older than the binding.
      return { kind: 'retry', error: 'the node was powered on by somebody else' }
    case 'powering_on':
    case 'powering_off':
    case 'unknown':
    case undefined:
      return { kind: 'observe' }
  }
}

function waitForOn(now: Situation): Step {
  // A node that asks for its script is on, whatever its BMC says. But until the BMC says so, or had the time to, its
  // command is not over, and another one to the same BMC would come too early.
  if (now.power === 'on' || (now.conclusive && (now.fetched || now.reported))) {
    if (now.reported) return advance(TargetStep.REPORTED)
    return advance(now.fetched ? TargetStep.SCRIPT_FETCHED : TargetStep.ON_SEEN)
  }
  return withOpenCommand(now)
}

/**
 * The effect of the open command was not seen. It is given up only when it would show by now; until then nothing that
 * goes wrong ends the target, because whoever comes next would send another command to the BMC.
 */
function withOpenCommand(now: Situation): Step {
  const { power, unobservable } = now
  if (!now.conclusive) {
    return unobservable?.fatal === true
      ? { kind: 'wait', untilLogMs: undefined, reason: 'settling' }
      : { kind: 'observe' }
  }
  if (power !== undefined) return { kind: 'retry', error: `no effect: the BMC still says ${spelled(power)}` }
  if (unobservable?.fatal === true) return { kind: 'fail', error: unobservable.reason }
  return blind(now) ?? { kind: 'observe' }
}

function waitForNode(now: Situation, late: string): Step {
  if (now.reported) return advance(TargetStep.REPORTED)
  if (now.fetched && now.step === TargetStep.ON_SEEN) return advance(TargetStep.SCRIPT_FETCHED)
  if (now.cancelled) return { kind: 'cancel' }
  if (now.deadlineLogMs > 0 && now.nowLogMs >= now.deadlineLogMs) {
    return { kind: 'retry', error: `${late} within the boot time-out` }
  }
  return { kind: 'wait', untilLogMs: now.deadlineLogMs === 0 ? undefined : now.deadlineLogMs, reason: 'node' }
}

/** A BMC that has said nothing of use for too long. */
function blind(now: Situation): Step | undefined {
  if (!now.blindTooLong || now.power === 'on' || now.power === 'off') return undefined
  const { power, unobservable } = now
  const reason = unobservable?.reason ?? `the BMC says neither on nor off${power ? `, but ${spelled(power)}` : ''}`
  return { kind: 'retry', error: reason }
}

function command(now: Situation, operation: PowerOperation): Step {
  if (now.bmcBusy) return { kind: 'wait', untilLogMs: undefined, reason: 'bmc_busy' }
  return { kind: 'command', operation }
}

function advance(to: TargetStep): Step {
  return { kind: 'advance', to }
}

function spelled(power: PowerState): string {
  return power.replace('_', ' ')
}
