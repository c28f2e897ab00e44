import { TrivetError, trivetError } from '../lib/errors.ts'
import type { ExchangeFailure } from './exchange.ts'
import { limits } from './limits.ts'

/** What a failed exchange means to a person. */
export function transportError(
  failure: ExchangeFailure,
  context: { readonly address: string; readonly request: string; readonly timeoutMs: number },
): TrivetError {
  const { address, request, timeoutMs } = context
  const cause = failure.cause
  switch (cause.kind) {
    case 'guard':
    case 'aborted':
      return trivetError('CANCELLED', {})
    case 'timeout':
      return trivetError('BMC_TIMED_OUT', { address, what: request, limitMs: timeoutMs })
    case 'too_large':
      return trivetError('BMC_LIMIT_EXCEEDED', {
        address,
        what: `the answer to ${request} is too large`,
        limit: limits.bodyBytesMax,
        unit: 'bytes',
      })
    case 'error':
      return errorOf(cause.error, address, request)
  }
}

/** True when the connection broke, so that a request that may be repeated is worth a second try. */
export function connectionBroke(failure: ExchangeFailure): boolean {
  return failure.sent && failure.cause.kind === 'error' && brokenCodes.has(codeOf(failure.cause.error))
}

const brokenCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_INFO'])

/** The system's codes, in words that a person knows. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to its network',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'the name server does not answer',
  ETIMEDOUT: `no connection within ${limits.connectTimeoutMs} ms`,
  UND_ERR_CONNECT_TIMEOUT: `no connection within ${limits.connectTimeoutMs} ms`,
}

function errorOf(error: Error, address: string, request: string): TrivetError {
  if (error instanceof TrivetError) return error
  const code = codeOf(error)
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return trivetError('BMC_NOT_REDFISH', { address, reason: `its answer to ${request} is no HTTP` }, { cause: error })
  }
  const reason =
    reasons[code] ??
    (code.startsWith('ERR_SSL') || code === 'EPROTO' ? tlsReason(code) : `${code} ${error.message}`.trim())
  return trivetError('BMC_UNREACHABLE', { address, reason }, { cause: error })
}

function tlsReason(code: string): string {
  return `the TLS handshake failed (${code}); TLS 1.2 or newer is needed`
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
