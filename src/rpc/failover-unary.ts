import { clone, create, type DescMethod, type Message } from '@bufbuild/protobuf'
import { isTrivetError, trivetError } from '../lib/errors.ts'
import type { WriteOptions } from '../gen/trivet/api/v1/write_pb.ts'
import type { CallOptions, FailoverCallOptions } from './call-options.ts'
import type { RpcChannel } from './channel.ts'
import { ClientMethod } from './client-method.ts'
import type { Cluster } from './cluster.ts'
import { wasNeverSent } from './error-from-status.ts'
import { isWorthRetrying, mayHaveBeenExecuted, tryTimeoutMsDefault } from './failover-policy.ts'
import { unaryTimeoutMsDefault } from './limits.ts'
import { wireErrorOf } from './remote-error.ts'
import { RetryBudget } from './retry-budget.ts'
import { identify, writeOptionsOf } from './write-options.ts'

/** One unary call, tried at one peer after another until one answers. */
export class FailoverUnary {
  readonly #cluster: Cluster
  readonly #method: DescMethod
  readonly #options: FailoverCallOptions
  readonly #request: Message
  readonly #write: WriteOptions | undefined
  readonly #budget: RetryBudget
  /** A try of this request may have been executed, though nobody has said so. */
  #outcomeUnknown = false
  #answeredError: unknown

  constructor(cluster: Cluster, method: DescMethod, request: object, options: FailoverCallOptions) {
    this.#cluster = cluster
    this.#method = method
    this.#options = options
    // The request is the caller's; request id and retry mark are put into a copy.
    this.#request = clone(method.input, create(method.input, request as Record<string, unknown>))
    this.#write = writeOptionsOf(method.input, this.#request)
    const { peers } = cluster
    this.#budget = new RetryBudget({
      timeoutMs: options.timeoutMs ?? unaryTimeoutMsDefault,
      addresses: peers.addresses.length,
      contacted: () => peers.contacted,
      signal: options.signal,
    })
  }

  /**
   * The answer of the last try. Tries never overlap: one that is given up has been cancelled before the next begins,
   * and nothing that it may still bring is looked at (log.md rule 16).
   */
  async run(): Promise<Message> {
    for (;;) {
      const channel = this.#cluster.peers.current
      try {
        return await this.#attempt(channel)
      } catch (error) {
        if (!isWorthRetrying(error)) throw error
        if (wireErrorOf(error) !== undefined) this.#answeredError = error
        this.#cluster.peers.moveOnFrom(channel)
        if (!(await this.#budget.again())) throw this.#finalError(error)
        this.#cluster.onRetry({ address: channel.address, method: this.#method.name, error })
      }
    }
  }

  async #attempt(channel: RpcChannel): Promise<Message> {
    const { signal, headers, onHeaders, onTrailers, tryTimeoutMs = tryTimeoutMsDefault } = this.#options
    const { learn } = this.#cluster
    await this.#cluster.peers.connect(channel, { leftMs: this.#budget.leftMs, signal })
    if (this.#write !== undefined) {
      const time = await this.#cluster.time(channel, this.#within(tryTimeoutMs))
      identify(this.#write, time)
    }
    try {
      return await new ClientMethod(this.#method, channel).unary(this.#request, {
        ...this.#within(tryTimeoutMs),
        headers,
        onHeaders,
        onTrailers: (trailers) => {
          learn(trailers)
          onTrailers?.(trailers)
        },
      })
    } catch (error) {
      if (this.#write !== undefined && isWorthRetrying(error) && !wasNeverSent(error)) {
        this.#write.retry = true
        if (mayHaveBeenExecuted(error)) this.#outcomeUnknown = true
      }
      throw error
    }
  }

  #within(tryTimeoutMs: number): CallOptions {
    return { signal: this.#options.signal, timeoutMs: Math.min(tryTimeoutMs, this.#budget.leftMs) }
  }

  /** What the caller gets when no try is left: the most that is known about the request. */
  #finalError(last: unknown): unknown {
    if (this.#write !== undefined && this.#outcomeUnknown) {
      return trivetError('OUTCOME_UNKNOWN', { requestId: this.#write.requestId }, { cause: last })
    }
    if (this.#answeredError !== undefined) return this.#answeredError
    const { addresses } = this.#cluster.peers
    if (!isTrivetError(last, 'UNREACHABLE') || addresses.length === 1) return last
    return trivetError('UNREACHABLE', { address: addresses, reason: last.params['reason'] ?? '' }, { cause: last })
  }
}
