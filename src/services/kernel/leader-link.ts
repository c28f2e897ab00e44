import { randomBytes } from 'node:crypto'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { TrivetError } from '../../lib/errors.ts'
import { trivetError } from '../../lib/errors.ts'
import type { ForwardAnswer, ForwardRequestSchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { RelaySchema } from '../../gen/trivet/peer/v1/peer_pb.ts'
import type { PeerLink } from './ports.ts'

/** Calls that may wait for other peers at once. */
export const forwardedCallsMax = 10_000

/** What became of a forwarded request: an answer, or contact was lost and the outcome is unknown. */
export type Forwarded = { readonly kind: 'answer'; readonly answer: ForwardAnswer } | { readonly kind: 'lost' }

interface OpenCall {
  readonly leader: string
  readonly settle: (forwarded: Forwarded) => void
  readonly lose: () => void
}

/**
 * The receiving peer's end of forwarding: sends a request to the leader and waits for its answer. A call ends as lost
 * when the connection to that peer breaks or another peer leads: an answer may then never come, or come too late, and
 * the caller goes on with the same request id as a retry.
 */
export class LeaderLink {
  readonly #link: PeerLink
  /** Drawn once a process, so that answers to a predecessor with the same numbers are not taken for ours. */
  readonly #run = randomBytes(8).toString('hex')
  readonly #open = new Map<bigint, OpenCall>()
  #calls = 0n

  constructor(link: PeerLink) {
    this.#link = link
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#open.size
  }

  /** As many calls wait as may. */
  get isFull(): boolean {
    return this.#open.size >= forwardedCallsMax
  }

  /** What a caller is told for whom there is no room. */
  full(): TrivetError {
    return trivetError('OVERLOADED', {
      what: 'the queue of forwarded requests',
      limit: forwardedCallsMax,
      unit: 'calls',
    })
  }

  /**
   * Sends one request to `leader`. `not_sent`: it certainly did not leave. Aborting `signal` tells the leader that
   * nobody waits any more and ends the call as lost.
   */
  async forward(
    leader: string,
    request: Omit<MessageInitShape<typeof ForwardRequestSchema>, 'call' | 'senderRun' | '$typeName'>,
    signal: AbortSignal,
  ): Promise<Forwarded | { readonly kind: 'not_sent' }> {
    if (signal.aborted) return { kind: 'not_sent' }
    const call = ++this.#calls
    const { promise, resolve } = Promise.withResolvers<Forwarded>()
    const lose = () => {
      // The delayed try is called off before the next one goes out (log.md, rule 16).
      this.#link.relay(leader, encode({ case: 'cancel', value: { call, senderRun: this.#run } }))
      resolve({ kind: 'lost' })
    }
    // Before it is sent: the answer may be there when `relay` returns.
    this.#open.set(call, { leader, settle: resolve, lose })
    signal.addEventListener('abort', lose, { once: true })
    try {
      const payload = encode({ case: 'request', value: { ...request, call, senderRun: this.#run } })
      if (!this.#link.relay(leader, payload)) return { kind: 'not_sent' }
      return await promise
    } finally {
      signal.removeEventListener('abort', lose)
      this.#open.delete(call)
    }
  }

  /** Takes an answer off the relay. One to a call that nobody waits for, or of another run, is dropped. */
  answered(answer: ForwardAnswer): void {
    if (answer.senderRun !== this.#run) return
    this.#open.get(answer.call)?.settle({ kind: 'answer', answer })
  }

  /** The connection to `peer` broke: what it was asked may have been carried out or not. */
  disconnected(peer: string): void {
    this.#lose((call) => call.leader === peer)
  }

  /** `leader` leads now: no other peer will answer. */
  leaderChanged(leader: string): void {
    this.#lose((call) => call.leader !== leader)
  }

  #lose(concerned: (call: OpenCall) => boolean): void {
    for (const call of this.#open.values()) if (concerned(call)) call.lose()
  }
}

/** Packs one relay message. */
export function encode(kind: NonNullable<MessageInitShape<typeof RelaySchema>['kind']>): Uint8Array {
  return toBinary(RelaySchema, create(RelaySchema, { kind }))
}

/** Unpacks one; throws for bytes that are none, which a peer of our cluster never sends. */
export function decode(payload: Uint8Array) {
  return fromBinary(RelaySchema, payload).kind
}
