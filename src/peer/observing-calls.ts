import type { Logger } from 'pino'
import { isTrivetError } from '../lib/errors.ts'
import type { Interceptor } from '../rpc/interceptor.ts'
import { isStream } from '../rpc/interceptor.ts'
import { RemoteError } from '../rpc/remote-error.ts'
import { methodName } from '../services/kernel/method.ts'
import type { Metrics } from './metrics.ts'

/** Counts and times each call, and writes a line for those that were refused. */
export function observingCalls(metrics: Metrics, logger: Logger): Interceptor {
  return (next) => async (invocation) => {
    const { call } = invocation
    const method = methodName(call.method)
    const started = performance.now()
    const measure = () => metrics.callSeconds.observe({ method }, (performance.now() - started) / 1000)
    try {
      const answer = await next(invocation)
      metrics.calls.inc({ method, code: 'OK' })
      if (!isStream(answer)) measure()
      return answer
    } catch (error) {
      const code = codeOf(error)
      metrics.calls.inc({ method, code })
      measure()
      logger.info({ method, code, requestId: call.requestId, source: call.peer }, 'a call was refused')
      throw error
    }
  }
}

/** A code that this release does not know comes from the catalogue of another peer. */
function codeOf(error: unknown): string {
  if (error instanceof RemoteError) return error.code
  return isTrivetError(error) ? error.code : 'INTERNAL'
}
