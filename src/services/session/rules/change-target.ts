import { create } from '@bufbuild/protobuf'
import { PowerState } from '../../../gen/trivet/inventory/v1/nodes_pb.ts'
import type { PowerOperation } from '../../../gen/trivet/power/v1/power_pb.ts'
import { PowerOperation as Operation, TransitionState } from '../../../gen/trivet/power/v1/power_pb.ts'
import { NodePowerRowSchema } from '../../../gen/trivet/rows/v1/inventory_pb.ts'
import { SessionState, TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { nodeBindings } from '../../boot/tables.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { nodePowers, nodes } from '../../inventory/tables.ts'
import { isOpen as isTransitionOpen, powerTransitions } from '../../power/tables.ts'
import { sessions, sessionTargets } from '../tables.ts'
import { overcomes, stageOf } from './target-stage.ts'

type TargetRow = RowOf<typeof sessionTargets>

/** Which target is meant, and how it stood when the decision was made: another step is another decision. */
export interface TargetAt {
  readonly sessionId: string
  readonly nodeId: string
  readonly step: TargetStep
  readonly attempt: number
}

/** Pause before an attempt that follows a failed one. */
const retryPauseMs = 1_000

/** Longest text that is kept of an error; a BMC may have written part of it. */
const errorCharsMax = 500

/** Puts a target that still stands as it did when the decision was made; nothing if it does not. */
function change(
  read: Evaluation,
  at: TargetAt,
  writes: (target: TargetRow, session: RowOf<typeof sessions>) => readonly Write[],
): readonly Write[] {
  const target = read.get(sessionTargets, `${at.sessionId}/${at.nodeId}`)?.value
  const session = read.get(sessions, at.sessionId)?.value
  if (target === undefined || session === undefined) return []
  if (target.step !== at.step || target.attempt !== at.attempt) return []
  return writes(target, session)
}

function moved(
  read: Evaluation,
  target: TargetRow,
  changes: Partial<TargetRow> & { readonly step: TargetStep },
): Write {
  const error = overcomes(changes.step, target.errorStep) ? noError : {}
  return put(sessionTargets, { ...target, lastUpdatedMs: BigInt(read.timeMs), ...error, ...changes })
}

const noError = { lastError: '', errorStep: TargetStep.UNSPECIFIED }

/** A session's first sign of work. */
export function startRunning(read: Evaluation, request: { readonly sessionId: string }): readonly Write[] {
  const session = read.get(sessions, request.sessionId)?.value
  if (session?.sessionState !== SessionState.PENDING) return []
  return [put(sessions, { ...session, sessionState: SessionState.RUNNING, lastUpdatedMs: BigInt(read.timeMs) })]
}

/**
 * Commits the intent to send a power command: the only thing that allows to send it. The first write is the
 * transition. Nothing is intended while any command to the same BMC is open.
 */
export function intendCommand(
  read: Evaluation,
  request: TargetAt & {
    readonly operation: PowerOperation
    readonly term: number
    readonly observedBefore: PowerState
  },
): readonly Write[] {
  return change(read, request, (target, session) => {
    const node = read.get(nodes, target.nodeId)
    if (node === undefined || isBmcBusy(read, node.value.bmcId) || session.cancelRequested) return []
    const id = read.newId('trn')
    const step = request.operation === Operation.ON ? TargetStep.ON_SENT : TargetStep.OFF_SENT
    const now = BigInt(read.timeMs)
    return [
      put(powerTransitions, {
        id,
        tenant: onlyTenant,
        nodeId: target.nodeId,
        xname: target.xname,
        sessionId: target.sessionId,
        operation: request.operation,
        attempt: Math.max(1, target.attempt),
        step,
        transitionState: TransitionState.INTENDED,
        term: BigInt(request.term),
        observedBefore: request.observedBefore,
        createdMs: now,
        lastUpdatedMs: now,
        intendedLogMs: BigInt(read.logTimeMs),
      }),
      moved(read, target, { step, transitionId: id }),
    ]
  })
}

/** True while the end of any command to a BMC is not known: it gets no other. */
export function isBmcBusy(read: Pick<Evaluation, 'bucket' | 'count'>, bmcId: string): boolean {
  return read.bucket(nodes, 'bmc', bmcId).some((node) => read.count(powerTransitions, 'openOnNode', node.key) > 0)
}

/** What went wrong at the target's present step. */
function failing(target: TargetRow, error: string): Partial<TargetRow> {
  return { lastError: `${stageOf(target.step)}: ${error}`.slice(0, errorCharsMax), errorStep: target.step }
}

/** The BMC accepted the command; its effect is still to be seen. */
export function acceptCommand(read: Evaluation, request: { readonly transitionId: string }): readonly Write[] {
  const transition = read.get(powerTransitions, request.transitionId)?.value
  if (transition?.transitionState !== TransitionState.INTENDED) return []
  return [
    put(powerTransitions, {
      ...transition,
      transitionState: TransitionState.ACCEPTED,
      lastUpdatedMs: BigInt(read.timeMs),
      acceptedLogMs: BigInt(read.logTimeMs),
    }),
  ]
}

/** The answer to a command was lost. Its intent stays open, for only observation tells; why nobody knows is kept. */
export function noteLostAnswer(
  read: Evaluation,
  request: { readonly transitionId: string; readonly error: string },
): readonly Write[] {
  const transition = read.get(powerTransitions, request.transitionId)?.value
  if (transition?.transitionState !== TransitionState.INTENDED) return []
  const errorMessage = `its answer to the command was lost: ${request.error}`.slice(0, errorCharsMax)
  return [put(powerTransitions, { ...transition, lastUpdatedMs: BigInt(read.timeMs), errorMessage })]
}

/**
 * The BMC refused the command, or it was certainly not sent: the target goes back to where the command was decided.
 * `counts`: the refusal is one of those that are borne before the attempt counts as failed.
 */
export function withdrawCommand(
  read: Evaluation,
  request: TargetAt & {
    readonly transitionId: string
    readonly error: string
    readonly pauseMs: number
    readonly counts: boolean
  },
): readonly Write[] {
  return change(read, request, (target) => [
    moved(read, target, {
      step: target.step === TargetStep.ON_SENT ? TargetStep.BOUND : TargetStep.QUEUED,
      transitionId: '',
      ...failing(target, request.error),
      notBeforeLogMs: BigInt(read.logTimeMs + request.pauseMs),
      refusals: target.refusals + (request.counts ? 1 : 0),
    }),
    ...closeTransition(read, target, TransitionState.FAILED, request.error, undefined),
  ])
}

/** A target comes to its next step by evidence; `observed` closes its open command. */
export function advanceTarget(
  read: Evaluation,
  request: TargetAt & { readonly to: TargetStep; readonly observed: PowerState | undefined },
): readonly Write[] {
  return change(read, request, (target, session) => {
    const booting = request.to === TargetStep.ON_SEEN || request.to === TargetStep.SCRIPT_FETCHED
    const deadline = target.deadlineLogMs === 0n ? BigInt(read.logTimeMs + session.bootTimeoutMs) : target.deadlineLogMs
    // A node that asks for its script, or reports, is on, whatever its BMC said last.
    const isShown = request.to === TargetStep.SCRIPT_FETCHED || request.to === TargetStep.REPORTED
    const observed = isShown ? PowerState.ON : request.observed
    return [
      moved(read, target, {
        step: request.to,
        transitionId: '',
        refusals: 0,
        deadlineLogMs: booting ? deadline : 0n,
      }),
      ...closeTransition(read, target, TransitionState.OBSERVED, '', observed),
      ...observedPower(read, target.nodeId, observed),
    ]
  })
}

/** Binds the node's boot to a new attempt: from now on every peer renders that attempt's script for it. */
export function bindTarget(read: Evaluation, request: TargetAt): readonly Write[] {
  return change(read, request, (target, session) => {
    const attempt = target.attempt + 1
    const attemptId = read.newId('att')
    return [
      moved(read, target, { step: TargetStep.BOUND, attempt, attemptId, refusals: 0, notBeforeLogMs: 0n }),
      put(nodeBindings, {
        nodeId: target.nodeId,
        sessionId: session.id,
        templateId: session.templateId,
        templateRevision: session.templateRevision,
        attempt,
        attemptId,
        boundMs: BigInt(read.timeMs),
      }),
    ]
  })
}

/**
 * An attempt failed: another one from the beginning if there is one left and it may help, else the target failed. In a
 * cancelled session no other one follows, and that is why.
 */
export function failAttempt(
  read: Evaluation,
  request: TargetAt & { readonly error: string; readonly mayRetry: boolean; readonly observed: PowerState | undefined },
): readonly Write[] {
  return change(read, request, (target, session) => {
    const error = withLostAnswer(read, target, request.error)
    const left = request.mayRetry && target.retriesUsed < session.retries
    const again = left && !session.cancelRequested
    return [
      moved(read, target, {
        step: again ? TargetStep.QUEUED : left ? TargetStep.CANCELLED : TargetStep.FAILED,
        transitionId: '',
        refusals: 0,
        deadlineLogMs: 0n,
        retriesUsed: target.retriesUsed + (again ? 1 : 0),
        notBeforeLogMs: BigInt(read.logTimeMs + retryPauseMs),
        ...failing(target, error),
      }),
      ...closeTransition(read, target, TransitionState.FAILED, error, request.observed),
      ...observedPower(read, target.nodeId, request.observed),
    ]
  })
}

/** A target of a cancelled session ends, with no command of unknown outcome behind it. */
export function cancelTarget(read: Evaluation, request: TargetAt): readonly Write[] {
  return change(read, request, (target) => [moved(read, target, { step: TargetStep.CANCELLED, deadlineLogMs: 0n })])
}

function openTransition(read: Evaluation, target: TargetRow): RowOf<typeof powerTransitions> | undefined {
  const transition = target.transitionId === '' ? undefined : read.get(powerTransitions, target.transitionId)?.value
  return transition !== undefined && isTransitionOpen(transition.transitionState) ? transition : undefined
}

/** What was seen, and why nothing is known of the command that should have brought it about. */
function withLostAnswer(read: Evaluation, target: TargetRow, error: string): string {
  const lost = openTransition(read, target)?.errorMessage ?? ''
  return lost === '' ? error : `${error}; ${lost}`
}

function closeTransition(
  read: Evaluation,
  target: TargetRow,
  transitionState: TransitionState,
  error: string,
  observed: PowerState | undefined,
): Write[] {
  const transition = openTransition(read, target)
  if (transition === undefined) return []
  return [
    put(powerTransitions, {
      ...transition,
      transitionState,
      lastUpdatedMs: BigInt(read.timeMs),
      observedAfter: observed ?? transition.observedAfter,
      errorMessage: error.slice(0, errorCharsMax),
    }),
  ]
}

function observedPower(read: Evaluation, nodeId: string, observed: PowerState | undefined): Write[] {
  const before = read.get(nodePowers, nodeId)?.value ?? create(NodePowerRowSchema, { nodeId })
  if (observed === undefined || before.powerState === observed) return []
  return [put(nodePowers, { ...before, powerState: observed, observedMs: BigInt(read.timeMs) })]
}
