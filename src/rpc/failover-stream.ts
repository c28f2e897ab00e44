import { create, type DescMethod, type Message } from '@bufbuild/protobuf'
import { isTrivetError } from '../lib/errors.ts'
import type { FailoverStreamOptions } from './call-options.ts'
import { ClientMethod } from './client-method.ts'
import type { Cluster } from './cluster.ts'
import { isWorthRetrying, servedAfterMs } from './failover-policy.ts'
import { unaryTimeoutMsDefault } from './limits.ts'
import { RetryBudget } from './retry-budget.ts'

/**
 * One streamed answer, asked of one peer after another. A stream that breaks before its first message is asked for
 * again; one that breaks later goes on with the request that `resume` makes of the last message, and fails without it.
 * The stream is given up when it cannot be had for `retryForMs`.
 */
export async function* failoverStream(
  cluster: Cluster,
  method: DescMethod,
  request: object,
  options: FailoverStreamOptions<Message, Message>,
): AsyncGenerator<Message> {
  const { resume, retryForMs = unaryTimeoutMsDefault, ...callOptions } = options
  const { peers } = cluster
  const { signal, timeoutMs, onHeaders, onTrailers } = callOptions
  const budget = new RetryBudget({
    timeoutMs: retryForMs,
    addresses: peers.addresses.length,
    contacted: () => peers.contacted,
    signal,
  })
  const endsAtMs = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
  let asked = create(method.input, request as Record<string, unknown>)
  for (;;) {
    const channel = peers.current
    const triedAtMs = performance.now()
    let last: Message | undefined
    try {
      await peers.connect(channel, { leftMs: budget.leftMs, signal })
      const stream = new ClientMethod(method, channel).serverStream(asked, {
        ...callOptions,
        timeoutMs: endsAtMs && Math.max(0, endsAtMs - performance.now()),
        onHeaders: (headers) => {
          cluster.learn(headers)
          onHeaders?.(headers)
        },
        onTrailers: (trailers) => {
          cluster.learn(trailers)
          onTrailers?.(trailers)
        },
      })
      for await (const message of stream) {
        last = message
        yield message
      }
      return
    } catch (error) {
      // A try has all the time that is left. Its timer may be a millisecond ahead of this clock.
      const isOver = endsAtMs !== undefined && (performance.now() >= endsAtMs || isDeadline(error))
      if (isOver || !isWorthRetrying(error) || (last !== undefined && resume === undefined)) throw error
      // A stream may have nothing to say for hours; one that has stood for a while was being served.
      if (last !== undefined || performance.now() - triedAtMs > servedAfterMs) budget.renew()
      peers.moveOnFrom(channel)
      if (!(await budget.again())) throw error
      cluster.onRetry({ address: channel.address, method: method.name, error })
      if (last !== undefined && resume !== undefined) asked = resume(last, asked)
    }
  }
}

function isDeadline(error: unknown): boolean {
  return isTrivetError(error, 'DEADLINE_EXCEEDED')
}
