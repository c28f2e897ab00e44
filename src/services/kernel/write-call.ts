import { randomBytes } from 'node:crypto'
import type { DescMethod, Message } from '@bufbuild/protobuf'
import { clone, create, toBinary } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import type { GrpcStatus } from '../../lib/errors.ts'
import { isTrivetError, trivetError } from '../../lib/errors.ts'
import { uuid7 } from '../../lib/uuid7.ts'
import type { ForwardAnswer, ForwardRefusal } from '../../gen/trivet/peer/v1/peer_pb.ts'
import type { WriteOptions } from '../../gen/trivet/api/v1/write_pb.ts'
import { WriteOptionsSchema } from '../../gen/trivet/api/v1/write_pb.ts'
import { errorFromWire } from '../../rpc/remote-error.ts'
import { statusFacts } from '../../rpc/status-codes.ts'
import { NotLeader } from '../../state/not-leader.ts'
import { Refused } from '../../state/refused.ts'
import type { DeskRequest, LeaderDesk } from './leader-desk.ts'
import type { Forwarded, LeaderLink } from './leader-link.ts'
import type { SealSecrets, Written } from './method.ts'
import { methodName } from './method.ts'
import type { AppliedState, PeerLink } from './ports.ts'
import type { Sealer } from './seal.ts'

/** How long a write waits at most for its outcome when its caller names no deadline. */
export const writeTimeoutMsMax = 30_000

/**
 * How long a write waits while no leader is known: longer than an election takes, and shorter than a client waits for
 * one peer, so that it reads why.
 */
export const leaderlessMsMax = 4_000

/** Between two tries, when the leader is not known or said that it does not lead. */
const retryPauseMs = 20

/** Who calls, and until when. */
export interface WriteCaller {
  readonly principal: string
  readonly tenant: string
  readonly sourceAddress: string
  readonly deadlineMs: number
  readonly signal: AbortSignal
  /** Told the revision of the outcome, once that is known and applied here, before the call is answered. */
  readonly outcomeAt?: (revision: number) => void
}

/** How one try ended. */
type Try =
  | { readonly kind: 'done'; readonly written: Written }
  /** Evaluated and refused: with a retry, that no other try was carried out, or what became of the one that was. */
  | { readonly kind: 'refused'; readonly error: Error; readonly revision: number }
  /** Not evaluated: says nothing about an earlier try, which may have been carried out. */
  | { readonly kind: 'turned_away'; readonly error: unknown }
  /** Certainly not carried out by this try, which another one may follow. */
  | { readonly kind: 'elsewhere' }
  /** Nobody here knows whether it was carried out. */
  | { readonly kind: 'lost' }

/**
 * A write at the peer that took it: names it, seals it, and brings it to whoever leads, again and again with the same
 * request id until the outcome is known and applied here, or the caller's time is over (log.md, rules 10, 11, 13–17).
 */
export class WriteCalls {
  readonly #link: PeerLink
  readonly #leaderLink: LeaderLink
  readonly #desk: LeaderDesk
  readonly #state: AppliedState
  readonly #sealer: Sealer

  constructor(options: {
    readonly link: PeerLink
    readonly leaderLink: LeaderLink
    readonly desk: LeaderDesk
    readonly state: AppliedState
    readonly sealer: Sealer
  }) {
    this.#link = options.link
    this.#leaderLink = options.leaderLink
    this.#desk = options.desk
    this.#state = options.state
    this.#sealer = options.sealer
  }

  /** Carries out one write. Rejects with what the catalogue has for it, never with an internal class. */
  async carryOut(
    method: DescMethod,
    request: Message,
    caller: WriteCaller,
    seal?: SealSecrets<unknown>,
  ): Promise<Written> {
    const timeoutMs = Math.ceil(Math.max(0, Math.min(writeTimeoutMsMax, caller.deadlineMs - Date.now())))
    // A timer that is cleared: one of `AbortSignal.timeout` for each write would stay for the full time.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    try {
      const signal = AbortSignal.any([caller.signal, late.signal])
      return await this.#untilKnown(this.#deskRequest(method, request, { caller, signal, seal }), caller, timeoutMs)
    } finally {
      clearTimeout(timer)
    }
  }

  async #untilKnown(first: DeskRequest, caller: WriteCaller, timeoutMs: number): Promise<Written> {
    const started = performance.now()
    const { signal, requestId } = first
    let desk = first
    let cause: unknown
    let ledMs = started
    while (!signal.aborted) {
      const waitedMs = performance.now() - started
      const outcome = await this.#try(desk, Math.max(1, Math.ceil(timeoutMs - waitedMs)))
      if (outcome.kind === 'done') {
        caller.outcomeAt?.(outcome.written.revision)
        return outcome.written
      }
      if (outcome.kind === 'refused') return this.#refuse(outcome, desk, caller)
      if (outcome.kind === 'turned_away') {
        // To a caller whose earlier try may have been carried out this would sound as if nothing had been.
        if (!desk.retry) throw outcome.error
        cause = outcome.error
      }
      if (outcome.kind === 'lost') desk = { ...desk, retry: true }
      if (this.#link.leader() !== '') ledMs = performance.now()
      if (performance.now() - ledMs >= leaderlessMsMax) break
      await pause(retryPauseMs, signal)
    }
    if (desk.retry) throw trivetError('OUTCOME_UNKNOWN', { requestId }, { cause })
    if (isTrivetError(caller.signal.reason, 'CANCELLED')) throw caller.signal.reason
    throw trivetError('NO_LEADER', { waitedMs: Math.round(performance.now() - started) })
  }

  async #refuse(outcome: Extract<Try, { kind: 'refused' }>, desk: DeskRequest, caller: WriteCaller): Promise<never> {
    try {
      await this.#state.whenRevision(outcome.revision, desk.signal)
    } catch (cause) {
      // This peer is too far behind to show what the refusal stands on; saying it now would let the caller's next read
      // contradict it.
      const { requestId } = desk
      if (desk.retry) throw trivetError('OUTCOME_UNKNOWN', { requestId }, { cause })
      throw trivetError('NOT_READY', { reason: 'it has not applied what the refusal stands on' }, { cause })
    }
    caller.outcomeAt?.(outcome.revision)
    throw outcome.error
  }

  async #try(desk: DeskRequest, timeoutMs: number): Promise<Try> {
    const leader = this.#link.leader()
    if (leader === '') return { kind: 'elsewhere' }
    if (leader === this.#link.self) return this.#tryHere(desk)
    if (this.#leaderLink.isFull) return { kind: 'turned_away', error: this.#leaderLink.full() }
    const forwarded = await this.#leaderLink.forward(
      leader,
      {
        method: desk.method,
        request: desk.message,
        principal: desk.principal,
        tenant: desk.tenant,
        sourceAddress: desk.sourceAddress,
        requestId: desk.requestId,
        retry: desk.retry,
        requestDigest: desk.digest,
        reason: desk.reason,
        timeoutMs,
      },
      desk.signal,
    )
    if (forwarded.kind === 'not_sent') return { kind: 'elsewhere' }
    return this.#read(forwarded, desk)
  }

  async #tryHere(desk: DeskRequest): Promise<Try> {
    try {
      const { name, revision } = await this.#desk.submit(desk)
      return { kind: 'done', written: { name, revision } }
    } catch (error) {
      if (error instanceof NotLeader) return { kind: 'elsewhere' }
      if (error instanceof Refused) return { kind: 'refused', error: error.cause, revision: error.revision }
      if (isTrivetError(error, 'OUTCOME_UNKNOWN')) return { kind: 'lost' }
      // Nobody waits any more, and it was not proposed.
      if (desk.signal.aborted) return { kind: 'elsewhere' }
      return { kind: 'turned_away', error }
    }
  }

  async #read(forwarded: Forwarded, desk: DeskRequest): Promise<Try> {
    if (forwarded.kind === 'lost') return { kind: 'lost' }
    const { outcome }: ForwardAnswer = forwarded.answer
    switch (outcome.case) {
      case 'success': {
        const revision = Number(outcome.value.revision)
        try {
          await this.#state.whenRevision(revision, desk.signal)
        } catch {
          // Committed, but not applied here in time: the answer could not be read from this peer's state.
          return { kind: 'lost' }
        }
        return { kind: 'done', written: { name: outcome.value.name, revision } }
      }
      case 'refusal': {
        const error = errorOf(outcome.value)
        if (isTrivetError(error, 'OUTCOME_UNKNOWN')) return { kind: 'lost' }
        // The leader's own timer was first: it was not proposed.
        if (isTrivetError(error, 'CANCELLED')) return { kind: 'elsewhere' }
        const revision = Number(outcome.value.revision)
        // What a refusal stands on has a revision; what was not evaluated has none.
        return revision === 0 ? { kind: 'turned_away', error } : { kind: 'refused', error, revision }
      }
      case 'notLeader':
        return { kind: 'elsewhere' }
      case undefined:
        throw new Error('a peer answered a forwarded request with nothing')
    }
  }

  #deskRequest(
    method: DescMethod,
    request: Message,
    options: {
      readonly caller: WriteCaller
      readonly signal: AbortSignal
      readonly seal?: SealSecrets<unknown> | undefined
    },
  ): DeskRequest {
    const { caller, signal, seal } = options
    const read = this.#state.reader()
    const given = writeOptionsOf(request)
    if (given.incarnation !== '' && given.incarnation !== read.incarnation) {
      throw trivetError('INCARNATION_MISMATCH', { given: given.incarnation, present: read.incarnation })
    }
    const bare = withoutWriteOptions(method, request)
    const name = methodName(method)
    const sealed = seal === undefined ? bare : (seal(this.#sealer, bare) as Message)
    return {
      principal: caller.principal,
      tenant: caller.tenant,
      requestId: given.requestId === '' ? this.newRequestId() : given.requestId.toLowerCase(),
      method: name,
      reason: given.reason,
      viaPeer: this.#link.self,
      sourceAddress: caller.sourceAddress,
      retry: given.retry,
      digest: this.#sealer.digest(name, toBinary(method.input, bare)),
      message: toBinary(method.input, sealed),
      signal,
    }
  }

  /** A request id by log time, for calls that bring none; their guarantee ends with the call (log.md, rule 17). */
  newRequestId(): string {
    return uuid7({ timeMs: this.#state.reader().logTimeMs, random: randomBytes(10) })
  }
}

function errorOf(refusal: ForwardRefusal): Error {
  const { code, message, remedy, params, violations } = refusal
  const status = Object.hasOwn(statusFacts, refusal.status) ? (refusal.status as GrpcStatus) : 'UNKNOWN'
  return errorFromWire({ status, code, message, remedy, params, violations, requestId: '' })
}

/** The write options of a request; empty ones when it has none. */
export function writeOptionsOf(request: Message): WriteOptions {
  const given = (request as { readonly write?: WriteOptions }).write
  return given ?? create(WriteOptionsSchema)
}

function withoutWriteOptions(method: DescMethod, request: Message): Message {
  const bare = clone(method.input, request)
  const field = method.input.field['write']
  if (field !== undefined) reflect(method.input, bare).clear(field)
  return bare
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
