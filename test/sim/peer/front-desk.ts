import { isTrivetError } from '../../../src/lib/errors.ts'
import { NotLeader } from '../../../src/state/not-leader.ts'
import { Refused } from '../../../src/state/refused.ts'
import type { Replica } from '../../../src/state/replica.ts'
import type { WriteRequest } from '../../../src/state/write-request.ts'
import { evaluateOperation } from '../clients/operation.ts'
import { decodeRelay, encodeRelay, type LeaderAnswer } from './relay-message.ts'
import type { SimProcess } from './sim-process.ts'
import type { WriteCall, WriteResult } from './write-call.ts'

/** As the kernel of the services has them. */
const leaderlessMsMax = 4_000
const retryPauseMs = 20

/** Calls that one process forwards in its life, at most. */
const callsOfARunMax = 1_000_000

/** Who every simulated client is. */
export const principal = 'client'

/**
 * What the peer that takes a request does with it, by the rules of the log: brings it to whoever leads, again and again
 * with the same id until the outcome is known, and answers once that is applied here. Stands in for the kernel of the
 * services, whose clocks are those of the real machine.
 */
export class FrontDesk {
  readonly #process: SimProcess
  readonly #replica: Replica
  readonly #waiting = new Map<number, { readonly to: string; readonly answer: (answer: LeaderAnswer) => void }>()
  readonly #working = new Map<string, AbortController>()
  /** Answers to the process of before are not taken for ours. */
  #lastId: number

  constructor(process: SimProcess, replica: Replica) {
    this.#process = process
    this.#replica = replica
    this.#lastId = process.peer.runs * callsOfARunMax
  }

  async write(
    first: WriteCall,
    how: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<WriteResult> {
    const { clock } = this.#process.peer
    const late = new AbortController()
    const stopTimer = clock.schedulerOf(this.#process.main).after(how.timeoutMs, () => late.abort())
    const signal = AbortSignal.any([how.signal, late.signal])
    const startedMs = clock.monotonicMs()
    let call = first
    let ledMs = startedMs
    try {
      while (!signal.aborted) {
        const leftMs = Math.max(1, Math.ceil(how.timeoutMs - (clock.monotonicMs() - startedMs)))
        const answer = await this.#try(call, signal, leftMs)
        if (answer.kind === 'ok') return answer
        if (answer.kind === 'refused') return await this.#refuse(answer, call, signal)
        if (answer.kind === 'turned_away' && !call.retry) return answer
        if (answer.kind === 'unknown') call = { ...call, retry: true }
        if (this.#replica.leader !== '') ledMs = clock.monotonicMs()
        if (clock.monotonicMs() - ledMs >= leaderlessMsMax) break
        await this.#pause(signal)
      }
      return call.retry ? { kind: 'unknown' } : { kind: 'turned_away', code: 'NO_LEADER' }
    } finally {
      stopTimer()
    }
  }

  /** Another peer's main thread has something to say. */
  relayed(from: string, payload: Uint8Array): void {
    const message = decodeRelay(payload)
    if (message.kind === 'answer') {
      this.#waiting.get(message.id)?.answer(message.answer)
      this.#waiting.delete(message.id)
    } else if (message.kind === 'cancel') {
      this.#working.get(`${from} ${message.id}`)?.abort()
    } else void this.#serve(from, message)
  }

  /** What was asked of that peer is lost, and what it asked nobody waits for. */
  disconnected(peer: string): void {
    for (const [id, { to, answer }] of this.#waiting) {
      if (to !== peer) continue
      this.#waiting.delete(id)
      answer({ kind: 'unknown' })
    }
    for (const [key, abort] of this.#working) if (key.startsWith(`${peer} `)) abort.abort()
  }

  async #try(call: WriteCall, signal: AbortSignal, timeoutMs: number): Promise<LeaderAnswer> {
    const { leader } = this.#replica
    if (leader === '') return { kind: 'not_leader' }
    if (leader === this.#process.peer.id) return this.#evaluate(call, signal, this.#process.peer.name)
    const answer = await this.#forward(leader, call, signal, timeoutMs)
    if (answer.kind !== 'ok') return answer
    try {
      await this.#replica.whenRevision(answer.revision, signal)
      return answer
    } catch {
      // Carried out, but not applied here in time: the client's next read would contradict the answer.
      return { kind: 'unknown' }
    }
  }

  /** What a refusal stands on must be seen here before it is told. */
  async #refuse(
    refusal: Extract<LeaderAnswer, { kind: 'refused' }>,
    call: WriteCall,
    signal: AbortSignal,
  ): Promise<WriteResult> {
    try {
      await this.#replica.whenRevision(refusal.revision, signal)
      return refusal
    } catch {
      return call.retry ? { kind: 'unknown' } : { kind: 'turned_away', code: 'NOT_READY' }
    }
  }

  #forward(leader: string, call: WriteCall, signal: AbortSignal, timeoutMs: number): Promise<LeaderAnswer> {
    const id = ++this.#lastId
    const { member } = this.#process
    return new Promise((resolve) => {
      const isSent = member!.relay(leader, encodeRelay({ kind: 'request', id, call, timeoutMs }))
      if (!isSent) return resolve({ kind: 'not_leader' })
      const onAbort = () => {
        if (!this.#waiting.delete(id)) return
        member!.relay(leader, encodeRelay({ kind: 'cancel', id }))
        resolve({ kind: 'unknown' })
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const answer = (given: LeaderAnswer) => {
        signal.removeEventListener('abort', onAbort)
        resolve(given)
      }
      this.#waiting.set(id, { to: leader, answer })
    })
  }

  /** The leader's end of a forwarded write. */
  async #serve(from: string, message: { id: number; call: WriteCall; timeoutMs: number }): Promise<void> {
    const { id, call, timeoutMs } = message
    const key = `${from} ${id}`
    const abort = new AbortController()
    this.#working.set(key, abort)
    const { main, peer, member } = this.#process
    const stopTimer = peer.clock.schedulerOf(main).after(timeoutMs, () => abort.abort())
    const answer = await this.#evaluate(call, abort.signal, from)
    stopTimer()
    this.#working.delete(key)
    member!.relay(from, encodeRelay({ kind: 'answer', id, answer }))
  }

  async #evaluate(call: WriteCall, signal: AbortSignal, viaPeer: string): Promise<LeaderAnswer> {
    const { release } = this.#process
    // As with a request that has fields which this release does not know.
    if (call.operation.kind === 'raise' && Number(call.operation.other) > release) {
      return { kind: 'turned_away', code: 'UNIMPLEMENTED' }
    }
    try {
      const { revision, replayed } = await this.#replica.submit(requestOf(call, { signal, viaPeer, release }))
      return { kind: 'ok', revision, replayed }
    } catch (error) {
      if (error instanceof NotLeader) return { kind: 'not_leader' }
      if (error instanceof Refused) return { kind: 'refused', revision: error.revision, code: error.cause.code }
      if (isTrivetError(error, 'OUTCOME_UNKNOWN')) return { kind: 'unknown' }
      // Nobody waits any more, and it was not proposed.
      if (signal.aborted) return { kind: 'not_leader' }
      if (isTrivetError(error, 'OVERLOADED')) return { kind: 'turned_away', code: 'OVERLOADED' }
      throw error
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { clock } = this.#process.peer
    return new Promise((resolve) => {
      const stopTimer = clock.schedulerOf(this.#process.main).after(retryPauseMs, () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
      const onAbort = () => {
        stopTimer()
        resolve()
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function requestOf(
  { requestId, operation, retry }: WriteCall,
  at: { readonly signal: AbortSignal; readonly viaPeer: string; readonly release: number },
): WriteRequest {
  const { signal, viaPeer, release } = at
  return {
    retry,
    signal,
    principal,
    tenant: '',
    requestId,
    digest: Buffer.from(`${operation.kind} ${operation.name} ${operation.other ?? ''}`),
    method: operation.kind,
    reason: '',
    viaPeer,
    sourceAddress: '',
    evaluate: (read) => evaluateOperation(read, operation, release),
  }
}
