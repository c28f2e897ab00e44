import type { ErrorCode, TrivetError } from '../../lib/errors.ts'
import { isTrivetError } from '../../lib/errors.ts'
import { PowerState as ShownPower } from '../../gen/trivet/inventory/v1/nodes_pb.ts'
import { PowerOperation, TransitionState } from '../../gen/trivet/power/v1/power_pb.ts'
import { TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
import type { ResetAnswer } from '../../redfish/port.ts'
import type { ControllerContext } from '../kernel/controller.ts'
import type { PowerPort } from '../kernel/power-port.ts'
import { WakeUp } from '../kernel/wake-up.ts'
import type { Conclude, Patience } from '../power/rules/observation.ts'
import { shownPower } from '../power/rules/shown-power.ts'
import { powerTransitions } from '../power/tables.ts'
import type { Situation, Step, Unobservable } from './next-step.ts'
import { nextStep } from './next-step.ts'
import type { TargetAt } from './rules/change-target.ts'
import {
  acceptCommand,
  advanceTarget,
  bindTarget,
  cancelTarget,
  failAttempt,
  intendCommand,
  noteLostAnswer,
  withdrawCommand,
} from './rules/change-target.ts'
import type { StoredSession, StoredTarget } from './rules/references.ts'
import { hasEnded } from './rules/references.ts'
import type { Sighting } from './situation.ts'
import { situationOf } from './situation.ts'
import { sessions, sessionTargets } from './tables.ts'

/** Refusals of one command that are borne before the attempt counts as failed. */
export const refusalsMax = 10

/** Pause before a refused command is decided again, when neither the BMC nor its profile says how long. */
const refusalPauseMs = 1_000

/** Nobody says when another node's command to the same BMC ends; this is how soon it is noticed. */
const busyPauseMs = 500

/** A worker that does not know what it waits for looks around after this long. */
const lookAroundMs = 5_000

/** No pause is longer: log time and the clock that pauses run by are two. */
const pauseMsMax = 30_000

/** Errors that asking again does not mend, and may make worse: a wrong password locks the BMC. */
const fatalErrors: ReadonlySet<ErrorCode> = new Set([
  'BMC_AUTHENTICATION_FAILED',
  'BMC_PASSWORD_CHANGE_REQUIRED',
  'BMC_PIN_MISMATCH',
  'BMC_ADDRESS_REFUSED',
  'CREDENTIAL_MISSING',
  'NODE_NOT_MANAGED',
  'RESET_TYPE_MISSING',
  'SEAL_BROKEN',
])

/** What a worker works with. */
export interface WorkerPorts {
  readonly power: PowerPort
  readonly conclude: Conclude
}

interface Known {
  readonly session: StoredSession
  readonly target: StoredTarget
}

/**
 * Brings one target to its end: observe, ask `nextStep`, commit, act, observe. It remembers only what it has seen; a
 * worker of a new leader begins by looking.
 */
export class TargetWorker {
  readonly #context: ControllerContext
  readonly #ports: WorkerPorts
  readonly #sessionId: string
  readonly #nodeId: string
  #sighting: Sighting
  #pollMs = 0
  #nextLookLogMs = 0
  readonly #wakeUp = new WakeUp()

  constructor(
    context: ControllerContext,
    ports: WorkerPorts,
    target: { readonly sessionId: string; readonly nodeId: string },
  ) {
    this.#context = context
    this.#ports = ports
    this.#sessionId = target.sessionId
    this.#nodeId = target.nodeId
    this.#sighting = nothingSeen(context.logTimeMs())
  }

  /** Looks again: something that the target may wait for has happened. */
  wake(): void {
    this.#wakeUp.notify()
  }

  /** Works until the target has ended or the leader's term is over. */
  async work(): Promise<void> {
    const { signal } = this.#context
    while (!signal.aborted) {
      const known = this.#known()
      if (known === undefined) return
      const situation = this.#situation(known)
      const step = nextStep(situation)
      if (step.kind === 'done') return
      await this.#carryOut(step, known, situation)
    }
  }

  #known(): Known | undefined {
    const read = this.#context.reader()
    const session = read.get(sessions, this.#sessionId)
    const target = read.get(sessionTargets, `${this.#sessionId}/${this.#nodeId}`)
    if (session === undefined || target === undefined || hasEnded(target.value.step)) return undefined
    return { session, target }
  }

  #situation(known: Known): Situation {
    return situationOf(this.#context.reader(), {
      ...known,
      sighting: this.#sighting,
      patience: this.#patience(known.session),
      conclude: this.#ports.conclude,
      nowLogMs: this.#context.logTimeMs(),
    })
  }

  #patience(session: StoredSession): Patience {
    const { settleMs } = this.#ports.power.profileOf(this.#context.reader(), this.#nodeId)
    return { settleMs, powerTimeoutMs: session.value.powerTimeoutMs }
  }

  async #carryOut(step: Exclude<Step, { kind: 'done' }>, { target }: Known, situation: Situation): Promise<void> {
    const at = {
      sessionId: this.#sessionId,
      nodeId: this.#nodeId,
      step: target.value.step,
      attempt: target.value.attempt,
    }
    const observed = situation.power === undefined ? undefined : shownPower(situation.power)
    switch (step.kind) {
      case 'wait':
        return this.#pause(waitMsOf(step, situation))
      case 'observe':
        return this.#observe()
      case 'command':
        return this.#command(at, step.operation, situation)
      case 'advance':
        await this.#context.commit(advanceTarget, { ...at, to: step.to, observed: shownBy(step.to) ?? observed })
        // A node that was just seen off is still the same sight.
        if (step.to !== TargetStep.OFF_SEEN) this.#lookAnew()
        return
      case 'bind':
        await this.#context.commit(bindTarget, at)
        return
      case 'retry':
      case 'fail':
        await this.#context.commit(failAttempt, {
          ...at,
          error: step.error,
          mayRetry: step.kind === 'retry',
          observed,
        })
        return this.#lookAnew()
      case 'cancel':
        await this.#context.commit(cancelTarget, at)
        return
    }
  }

  /** What was seen before belongs to the step before. An open command was sent by now, if it was. */
  #lookAnew(): void {
    this.#pollMs = 0
    this.#nextLookLogMs = 0
    this.#sighting = nothingSeen(this.#context.logTimeMs())
  }

  async #observe(): Promise<void> {
    const { power } = this.#ports
    const { powerPollMs, settleMs } = power.profileOf(this.#context.reader(), this.#nodeId)
    // The first look is at once; the next ones leave the BMC time. Whoever is woken before decides anew.
    const waitMs = this.#nextLookLogMs - this.#context.logTimeMs()
    if (waitMs > 0) return this.#pause(waitMs)
    const askedLogMs = this.#context.logTimeMs()
    const { sentBeforeLogMs, blindSinceLogMs = askedLogMs } = this.#sighting
    // While an effect is to be expected it is seen soon; a BMC that takes longer is asked less and less often.
    const soon = this.#pollMs === 0 || askedLogMs - sentBeforeLogMs < settleMs
    this.#pollMs = soon ? powerPollMs.from : Math.min(powerPollMs.to, this.#pollMs * 2)
    try {
      const seen = await power.observe(this.#context.reader(), this.#nodeId, this.#context.signal)
      this.#sighting = {
        seen: { power: seen, askedLogMs, answeredLogMs: this.#context.logTimeMs() },
        unobservable: undefined,
        blindSinceLogMs: seen === 'on' || seen === 'off' ? undefined : blindSinceLogMs,
        sentBeforeLogMs,
      }
    } catch (error) {
      if (!isTrivetError(error)) throw error
      if (this.#context.signal.aborted) return
      this.#sighting = { seen: undefined, unobservable: unobservable(error), blindSinceLogMs, sentBeforeLogMs }
    }
    this.#nextLookLogMs = this.#context.logTimeMs() + this.#pollMs
  }

  async #command(at: TargetAt, operation: PowerOperation, situation: Situation): Promise<void> {
    const { term } = this.#context
    const observedBefore = shownPower(situation.power ?? 'unknown')
    const { name: transitionId } = await this.#context.commit(intendCommand, { ...at, operation, term, observedBefore })
    // Somebody cancelled, or another command to the BMC came first: decide anew.
    if (transitionId === '') return
    const intended = { ...at, step: operation === PowerOperation.ON ? TargetStep.ON_SENT : TargetStep.OFF_SENT }
    const answer = await this.#ports.power.command(
      this.#context.reader(),
      { nodeId: this.#nodeId, operation },
      () => this.#mayBeSent(transitionId),
      this.#context.signal,
    )
    this.#lookAnew()
    this.#context.log('info', 'a power command was answered', {
      node: this.#nodeId,
      operation: operation === PowerOperation.ON ? 'on' : 'force_off',
      transition: transitionId,
      answer: answer.kind,
      reason: 'reason' in answer ? answer.reason.message : undefined,
    })
    if (!this.#context.signal.aborted) await this.#answered(intended, transitionId, answer)
  }

  /**
   * Asked in the very loop turn that writes the command: the lease, this leader's own open intent of this term, and
   * that nobody cancelled since.
   */
  #mayBeSent(transitionId: string): boolean {
    if (this.#context.signal.aborted || !this.#context.leaseHolds()) return false
    const intent = this.#context.reader().get(powerTransitions, transitionId)?.value
    if (intent?.transitionState !== TransitionState.INTENDED || Number(intent.term) !== this.#context.term) return false
    return this.#known()?.session.value.cancelRequested === false
  }

  async #answered(at: TargetAt, transitionId: string, answer: ResetAnswer): Promise<void> {
    switch (answer.kind) {
      case 'accepted':
        await this.#context.commit(acceptCommand, { transitionId })
        return
      case 'unknown':
        await this.#context.commit(noteLostAnswer, { transitionId, error: answer.reason.message })
        return
      case 'guard_refused':
        return this.#withdraw(at, transitionId, { error: 'it was called off before it was sent', counts: false })
      case 'not_sent': {
        const { reason, fatal } = unobservable(answer.reason)
        return this.#notTaken(at, transitionId, { error: reason, borne: !fatal, mayRetry: !fatal })
      }
      case 'refused': {
        const { httpStatus, messageId = '', text, retryable, afterMs } = answer
        const error = `the BMC refused: ${httpStatus} ${messageId} ${text}`.replaceAll(/\s+/g, ' ').trim()
        // 409 often means that it is in that state already: the next observation tells.
        const borne = retryable || httpStatus === 409
        return this.#notTaken(at, transitionId, { error, borne, mayRetry: true, pauseMs: afterMs })
      }
    }
  }

  /** The BMC did not take the command. A few times that is borne; then the attempt failed. */
  async #notTaken(
    at: TargetAt,
    transitionId: string,
    why: {
      readonly error: string
      readonly borne: boolean
      readonly mayRetry: boolean
      readonly pauseMs?: number | undefined
    },
  ): Promise<void> {
    const { error, borne, mayRetry, pauseMs } = why
    const refusals = this.#known()?.target.value.refusals ?? 0
    if (borne && refusals < refusalsMax) return this.#withdraw(at, transitionId, { error, pauseMs, counts: true })
    await this.#context.commit(failAttempt, { ...at, error, mayRetry, observed: undefined })
  }

  async #withdraw(
    at: TargetAt,
    transitionId: string,
    why: { readonly error: string; readonly pauseMs?: number | undefined; readonly counts: boolean },
  ): Promise<void> {
    const { error, pauseMs = refusalPauseMs, counts } = why
    await this.#context.commit(withdrawCommand, { ...at, transitionId, error, pauseMs, counts })
  }

  /** Waits for `ms`, or until somebody wakes the worker. */
  #pause(ms: number): Promise<void> {
    return this.#wakeUp.wait(this.#context.sleep(Math.min(Math.max(1, ms), pauseMsMax)))
  }
}

function nothingSeen(sentBeforeLogMs: number): Sighting {
  return { seen: undefined, unobservable: undefined, blindSinceLogMs: undefined, sentBeforeLogMs }
}

function unobservable(error: TrivetError): Unobservable {
  const fatal = fatalErrors.has(error.code)
  return { reason: fatal && error.remedy !== '' ? `${error.message}; ${error.remedy}` : error.message, fatal }
}

/** A node that asks for its script, or reports, is on, whatever its BMC said last. */
function shownBy(step: TargetStep): ShownPower | undefined {
  return step === TargetStep.SCRIPT_FETCHED || step === TargetStep.REPORTED ? ShownPower.ON : undefined
}

function waitMsOf(step: Extract<Step, { kind: 'wait' }>, situation: Situation): number {
  if (step.reason === 'bmc_busy') return busyPauseMs
  return step.untilLogMs === undefined ? lookAroundMs : step.untilLogMs - situation.nowLogMs
}
