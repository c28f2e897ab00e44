import { isTrivetError } from '../../lib/errors.ts'
import { PowerState as ShownPower } from '../../gen/trivet/inventory/v1/inventory_pb.ts'
import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import { TargetStep } from '../../gen/trivet/session/v1/session_pb.ts'
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

/** Errors that asking again does not mend, and may make worse: a wrong password locks the BMC. */
const fatalErrors = [
  'BMC_AUTHENTICATION_FAILED',
  'BMC_PASSWORD_CHANGE_REQUIRED',
  'BMC_PIN_MISMATCH',
  'BMC_ADDRESS_REFUSED',
  'CREDENTIAL_MISSING',
  'NODE_NOT_MANAGED',
  'SEAL_BROKEN',
] as const

/** What a worker works with. */
export interface WorkerPorts {
  readonly power: PowerPort
  readonly conclude: Conclude
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
  #unobservableSinceMs: number | undefined
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
    this.#sighting = { power: undefined, unobservable: undefined, sentBeforeLogMs: context.logTimeMs() }
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

  #known(): { readonly session: StoredSession; readonly target: StoredTarget } | undefined {
    const read = this.#context.reader()
    const session = read.get(sessions, this.#sessionId)
    const target = read.get(sessionTargets, `${this.#sessionId}/${this.#nodeId}`)
    if (session === undefined || target === undefined || hasEnded(target.value.step)) return undefined
    return { session, target }
  }

  #situation(known: { readonly session: StoredSession; readonly target: StoredTarget }): Situation {
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

  async #carryOut(
    step: Exclude<Step, { kind: 'done' }>,
    known: { readonly session: StoredSession; readonly target: StoredTarget },
    situation: Situation,
  ): Promise<void> {
    const { target } = known
    const at = {
      sessionId: this.#sessionId,
      nodeId: this.#nodeId,
      step: target.value.step,
      attempt: target.value.attempt,
    }
    const observed = situation.power === undefined ? undefined : shownPower(situation.power)
    switch (step.kind) {
      case 'wait':
        return this.#pause(step.reason === 'bmc_busy' ? busyPauseMs : untilOf(step, situation))
      case 'observe':
        return this.#observe(known.session)
      case 'command':
        return this.#command(at, step.operation, situation)
      case 'advance':
        await this.#context.commit(advanceTarget, { ...at, to: step.to, observed: seenAt(step.to, observed) })
        return this.#lookAnew(step.to === TargetStep.OFF_SEEN)
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
        return this.#lookAnew(false)
      case 'cancel':
        await this.#context.commit(cancelTarget, at)
        return
    }
  }

  /** What was seen before belongs to the step before; a node that was just seen off is still the same sight. */
  #lookAnew(keepPower: boolean): void {
    this.#pollMs = 0
    this.#nextLookLogMs = 0
    this.#unobservableSinceMs = undefined
    if (!keepPower) this.#sighting = { ...this.#sighting, power: undefined, unobservable: undefined }
  }

  async #observe(session: StoredSession): Promise<void> {
    const { power } = this.#ports
    const { from, to } = power.profileOf(this.#context.reader(), this.#nodeId).powerPollMs
    // The first look is at once; the next ones leave the BMC time. Whoever is woken before decides anew.
    const waitMs = this.#nextLookLogMs - this.#context.logTimeMs()
    if (waitMs > 0) return this.#pause(waitMs)
    this.#pollMs = this.#pollMs === 0 ? from : Math.min(to, this.#pollMs * 2)
    try {
      const seen = await power.observe(this.#context.reader(), this.#nodeId, this.#context.signal)
      this.#unobservableSinceMs = undefined
      this.#sighting = { ...this.#sighting, power: seen, unobservable: undefined }
    } catch (error) {
      if (!isTrivetError(error)) throw error
      if (this.#context.signal.aborted) return
      this.#sighting = { ...this.#sighting, power: undefined, unobservable: this.#unobservable(error, session) }
    }
    this.#nextLookLogMs = this.#context.logTimeMs() + this.#pollMs
  }

  #unobservable(
    error: Error & { readonly code: string; readonly remedy: string },
    session: StoredSession,
  ): Unobservable {
    const nowLogMs = this.#context.logTimeMs()
    this.#unobservableSinceMs ??= nowLogMs
    const fatal = fatalErrors.some((code) => code === error.code)
    return {
      reason: fatal && error.remedy !== '' ? `${error.message}; ${error.remedy}` : error.message,
      fatal,
      tooLong: nowLogMs - this.#unobservableSinceMs >= session.value.powerTimeoutMs,
    }
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
    this.#lookAnew(false)
    this.#sighting = { ...this.#sighting, sentBeforeLogMs: this.#context.logTimeMs() }
    if (this.#context.signal.aborted) return
    switch (answer.kind) {
      case 'accepted':
        await this.#context.commit(acceptCommand, { transitionId })
        return
      case 'unknown':
        // The intent stays open: only observation tells.
        return
      case 'guard_refused':
        await this.#withdraw(intended, transitionId, { error: 'the lease ended before it was sent', pauseMs: 0 })
        return
      case 'not_sent':
        await this.#withdraw(intended, transitionId, { error: answer.reason.message, pauseMs: refusalPauseMs })
        return
      case 'refused':
        await this.#refused(intended, transitionId, answer)
    }
  }

  /** Asked in the very loop turn that writes the command: this leader's own intent of this term, and the lease. */
  #mayBeSent(transitionId: string): boolean {
    if (this.#context.signal.aborted || !this.#context.leaseHolds()) return false
    const intent = this.#context.reader().get(powerTransitions, transitionId)?.value
    return intent !== undefined && Number(intent.term) === this.#context.term
  }

  async #refused(
    at: TargetAt,
    transitionId: string,
    answer: {
      readonly httpStatus: number
      readonly messageId: string | undefined
      readonly text: string
      readonly retryable: boolean
      readonly afterMs: number | undefined
    },
  ): Promise<void> {
    const error = `the BMC refused: ${answer.httpStatus} ${answer.messageId ?? ''} ${answer.text}`.replaceAll(
      /\s+/g,
      ' ',
    )
    const target = this.#known()?.target
    // 409 often means that it is in that state already: the next observation tells.
    const borne = answer.retryable || answer.httpStatus === 409
    if (borne && (target?.value.refusals ?? 0) < refusalsMax) {
      await this.#withdraw(at, transitionId, { error, pauseMs: answer.afterMs ?? refusalPauseMs, counts: true })
      return
    }
    await this.#context.commit(failAttempt, { ...at, error, mayRetry: true, observed: undefined })
  }

  async #withdraw(
    at: TargetAt,
    transitionId: string,
    why: { readonly error: string; readonly pauseMs: number; readonly counts?: boolean },
  ): Promise<void> {
    const { error, pauseMs, counts = false } = why
    await this.#context.commit(withdrawCommand, { ...at, transitionId, error, pauseMs, counts })
  }

  /** Waits for `ms`, or until somebody wakes the worker. */
  #pause(ms: number | undefined): Promise<void> {
    return this.#wakeUp.wait(this.#context.sleep(Math.max(0, ms ?? longestWaitMs)))
  }
}

/** Nobody says when another node's command to the same BMC ends; this is how soon it is noticed. */
const busyPauseMs = 500

function untilOf(step: { readonly untilLogMs: number | undefined }, situation: Situation): number | undefined {
  return step.untilLogMs === undefined ? undefined : step.untilLogMs - situation.nowLogMs
}

/** A node that asks for its script, or reports, is on, whatever its BMC said last. */
function seenAt(step: TargetStep, observed: ShownPower | undefined): ShownPower | undefined {
  return step === TargetStep.SCRIPT_FETCHED || step === TargetStep.REPORTED ? ShownPower.ON : observed
}

/** A worker that nobody wakes looks around after this long. */
const longestWaitMs = 5_000
