import type { Logger } from 'pino'
import { isTrivetError } from '../lib/errors.ts'
import type { Interceptor } from '../rpc/interceptor.ts'
import { isStream } from '../rpc/interceptor.ts'
import { methodName } from '../services/kernel/method.ts'
import type { Metrics } from './metrics.ts'

/** Counts and times each call, and writes a line for those that were refused. */
export function observingCalls(metrics: Metrics, logger: Logger): Interceptor {
  return (next) => async (invocation) => {
    const { call } = invocation
    const method = methodName(call.method)
    const started = performance.now()
    try {
      const answer = await next(invocation)
      metrics.calls.inc({ method, status: 'OK' })
      if (!isStream(answer)) metrics.callSeconds.observe({ method }, (performance.now() - started) / 1000)
      return answer
    } catch (error) {
      const code = isTrivetError(error) ? error.code : 'INTERNAL'
      metrics.calls.inc({ method, status: code })
      logger.info({ method, code, requestId: call.requestId, source: call.peer }, 'a call was refused')
      throw error
    }
  }
}
