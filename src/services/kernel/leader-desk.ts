import type { DescMessage, DescMethod } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import { TrivetError, trivetError } from '../../lib/errors.ts'
import type { ForwardRequest } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { wireErrorFor } from '../../rpc/error-to-status.ts'
import { NotLeader } from '../../state/not-leader.ts'
import type { Evaluation } from '../../state/read.ts'
import { Refused } from '../../state/refused.ts'
import type { Write } from '../../state/write.ts'
import type { WriteAnswer, WriteRequest } from '../../state/write-request.ts'
import type { Authorise } from './authorise.ts'
import { encode } from './leader-link.ts'
import type { WriteMethod } from './method.ts'
import type { LeaderWrites, PeerLink } from './ports.ts'

/** Requests of other peers that may be at work here at once. */
export const deskCallsMax = 20_000

/** How long a request of another peer is at work here at most, whatever that peer says. */
export const deskTimeoutMsMax = 60_000

/** A write method as the leader's desk knows it. */
export interface DeskMethod {
  readonly descriptor: DescMethod
  readonly definition: WriteMethod<unknown, object>
}

/** A request at the desk: how it came, with its message still packed. */
export type DeskRequest = Omit<WriteRequest, 'evaluate'> & { readonly message: Uint8Array }

/**
 * The leader's end of a write: finds the rule of the method, authorises, and has it evaluated. Requests of this very
 * peer and those that others forwarded take the same way.
 */
export class LeaderDesk {
  readonly #link: PeerLink
  readonly #writes: LeaderWrites
  readonly #methods: ReadonlyMap<string, DeskMethod>
  readonly #authorise: Authorise
  readonly #onDefect: (error: unknown) => void
  readonly #running = new Map<string, AbortController>()

  constructor(options: {
    readonly link: PeerLink
    readonly writes: LeaderWrites
    readonly methods: ReadonlyMap<string, DeskMethod>
    readonly authorise: Authorise
    /** A rule failed with something that the caller must not see: this peer's log has it. */
    readonly onDefect: (error: unknown) => void
  }) {
    this.#link = options.link
    this.#writes = options.writes
    this.#methods = options.methods
    this.#authorise = options.authorise
    this.#onDefect = options.onDefect
  }

  /** Rejects with `NotLeader`, `Refused`, OUTCOME_UNKNOWN, or METHOD_UNKNOWN of a leader of another release. */
  async submit(request: DeskRequest): Promise<WriteAnswer> {
    const method = this.#methods.get(request.method)
    if (method === undefined) throw trivetError('METHOD_UNKNOWN', { method: request.method, address: 'the leader' })
    const message = unpack(method.descriptor.input, request.message)
    const evaluate = (read: Evaluation): readonly Write[] => {
      this.#authorise(request.principal, method.descriptor)
      return method.definition.rule(read, message)
    }
    return this.#writes.submit({ ...request, evaluate })
  }

  /** Takes a request of another peer off the relay and answers it there. */
  async serve(from: string, request: ForwardRequest): Promise<void> {
    const { call, senderRun } = request
    const key = `${from}/${senderRun}/${call}`
    if (this.#running.has(key)) return
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), Math.min(request.timeoutMs, deskTimeoutMsMax))
    timer.unref()
    this.#running.set(key, controller)
    try {
      const outcome = await this.#outcomeOf(from, request, controller.signal)
      this.#link.relay(from, encode({ case: 'answer', value: { call, senderRun, outcome } }))
    } finally {
      clearTimeout(timer)
      this.#running.delete(key)
    }
  }

  /** Nobody waits for the call any more. */
  cancel(from: string, call: { readonly call: bigint; readonly senderRun: string }): void {
    this.#running.get(`${from}/${call.senderRun}/${call.call}`)?.abort()
  }

  /** The connection to `from` broke: nobody there waits any more. */
  disconnected(from: string): void {
    for (const [key, controller] of this.#running) if (key.startsWith(`${from}/`)) controller.abort()
  }

  async #outcomeOf(from: string, request: ForwardRequest, signal: AbortSignal) {
    try {
      if (this.#running.size > deskCallsMax) {
        throw trivetError('OVERLOADED', { what: "the leader's queue", limit: deskCallsMax, unit: 'requests' })
      }
      const answer = await this.submit({
        principal: request.principal,
        tenant: request.tenant,
        requestId: request.requestId,
        method: request.method,
        reason: request.reason,
        viaPeer: from,
        sourceAddress: request.sourceAddress,
        retry: request.retry,
        digest: request.requestDigest,
        message: request.request,
        signal,
      })
      const { revision, name, replayed } = answer
      return { case: 'success', value: { revision: BigInt(revision), name, replayed } } as const
    } catch (error) {
      if (error instanceof NotLeader) return { case: 'notLeader', value: { leaderId: error.leader } } as const
      if (!(error instanceof Refused || error instanceof TrivetError)) this.#onDefect(error)
      return { case: 'refusal', value: refusalOf(error, request.requestId) } as const
    }
  }
}

/** A defect of a rule becomes INTERNAL, and is refused like any other; its text stays in this peer's log. */
function refusalOf(error: unknown, requestId: string) {
  const [cause, revision] = error instanceof Refused ? [error.cause, error.revision] : [error, 0]
  const { status, code, message, remedy, params, violations } = wireErrorFor(cause, requestId)
  return {
    status,
    code,
    message,
    remedy,
    params: { ...params },
    violations: [...violations],
    revision: BigInt(revision),
  }
}

function unpack(schema: DescMessage, bytes: Uint8Array): unknown {
  const message = fromBinary(schema, bytes)
  const unknown = message.$unknown
  if (unknown === undefined || unknown.length === 0) return message
  // A newer peer took a field that this release would drop; carrying out half of a request is worse than refusing it.
  throw trivetError('FIELD_UNKNOWN', { message: schema.typeName, fields: unknown.map((field) => `${field.no}`) })
}
