import { TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import type { PowerState } from '../../redfish/facts.ts'
import type { Reader } from '../../state/read.ts'
import { nodeBindings, nodeBoots } from '../boot/tables.ts'
import { nodes } from '../inventory/tables.ts'
import type { Conclude, OpenCommand, Patience } from '../power/rules/observation.ts'
import { powerTransitions } from '../power/tables.ts'
import type { Situation, Unobservable } from './next-step.ts'
import { isBmcBusy } from './rules/change-target.ts'
import type { StoredSession, StoredTarget } from './rules/references.ts'

/** An observation of power older than this says nothing about now: no command is decided by it. */
export const sightingAgeMsMax = 10_000

/** What this leader has seen of a target's node, and when, in log time. Nothing of it outlives the leader's term. */
export interface Sighting {
  /** Undefined while the power was not seen since the last step, or could not be. */
  readonly seen:
    | {
        readonly power: PowerState
        /** When it was asked: the state is no older than this. */
        readonly askedLogMs: number
        /** When the answer came. */
        readonly answeredLogMs: number
      }
    | undefined
  readonly unobservable: Unobservable | undefined
  /** Since when neither on nor off was seen; undefined while one of them is. */
  readonly blindSinceLogMs: number | undefined
  /** The latest time at which the open command can have been sent. */
  readonly sentBeforeLogMs: number
}

/** Puts together what is known of a target: rows, and what this leader has seen. */
export function situationOf(
  read: Reader,
  known: {
    readonly session: StoredSession
    readonly target: StoredTarget
    readonly sighting: Sighting
    readonly patience: Patience
    readonly conclude: Conclude
    readonly nowLogMs: number
  },
): Situation {
  const { session, target, sighting, patience, nowLogMs } = known
  const row = target.value
  const boot = read.get(nodeBoots, row.nodeId)?.value
  const command = openCommand(read, row.transitionId, sighting.sentBeforeLogMs)
  const seen = sighting.seen && nowLogMs - sighting.seen.answeredLogMs <= sightingAgeMsMax ? sighting.seen : undefined
  const blindMs = sighting.blindSinceLogMs === undefined ? 0 : nowLogMs - sighting.blindSinceLogMs
  return {
    operation: session.value.operation,
    step: row.step,
    power: seen?.power,
    unobservable: sighting.unobservable,
    blindTooLong: blindMs >= Math.max(1, patience.powerTimeoutMs, patience.settleMs),
    // What was asked before the time was over may have changed since.
    conclusive:
      command !== undefined &&
      known.conclude(seen?.power ?? 'unknown', command, patience, seen?.askedLogMs ?? nowLogMs),
    fetched: row.attemptId !== '' && boot?.fetchedAttemptId === row.attemptId,
    reported: row.attemptId !== '' && boot?.reportedAttemptId === row.attemptId,
    runsThis: runsThis(read, session, row.nodeId),
    cancelled: session.value.cancelRequested,
    bmcBusy: command === undefined && isBmcBusy(read, read.get(nodes, row.nodeId)?.value.bmcId ?? ''),
    nowLogMs,
    notBeforeLogMs: Number(row.notBeforeLogMs),
    deadlineLogMs: Number(row.deadlineLogMs),
  }
}

function openCommand(read: Reader, transitionId: string, sentBeforeLogMs: number): OpenCommand | undefined {
  const transition = transitionId === '' ? undefined : read.get(powerTransitions, transitionId)?.value
  if (transition === undefined) return undefined
  const accepted = transition.transitionState === TransitionState.ACCEPTED
  return { acceptedLogMs: accepted ? Number(transition.acceptedLogMs) : undefined, sentBeforeLogMs }
}

/** The node reported the session's very template revision, and nothing bound it to another boot since. */
function runsThis(read: Reader, session: StoredSession, nodeId: string): boolean {
  const boot = read.get(nodeBoots, nodeId)?.value
  const binding = read.get(nodeBindings, nodeId)?.value
  const { templateId, templateRevision } = session.value
  return (
    boot !== undefined &&
    boot.reportedAttemptId !== '' &&
    boot.reportedAttemptId === binding?.attemptId &&
    boot.templateId === templateId &&
    boot.templateRevision === templateRevision
  )
}
