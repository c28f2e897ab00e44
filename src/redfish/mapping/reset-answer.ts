import type { ResetAnswer } from '../port.ts'
import type { BmcProfile } from '../quirks.ts'
import type { RedfishError } from './redfish-error.ts'

/** What came back for a reset that was written. */
export interface ResetResponse {
  readonly httpStatus: number
  readonly error: RedfishError
  /** From Retry-After. */
  readonly retryAfterMs: number | undefined
}

/** Answers that are refusals although they are 5xx: not implemented, not now, not this version of HTTP. */
const refusingServerErrors: ReadonlySet<number> = new Set([501, 503, 505])

/**
 * Judges the answer to a reset; `undefined` when it leaves the outcome open: a BMC that fails inside (500, 502, 504)
 * may have acted before it failed.
 */
export function resetAnswer(response: ResetResponse, profile: BmcProfile): ResetAnswer | undefined {
  const { httpStatus, error } = response
  if (httpStatus >= 200 && httpStatus < 300) return { kind: 'accepted', httpStatus }
  if (httpStatus >= 500 && !refusingServerErrors.has(httpStatus)) return undefined
  const known = profile.retryable.find(
    (rule) =>
      rule.httpStatus === httpStatus && (rule.messageId === undefined || error.messageIds.includes(rule.messageId)),
  )
  const asksToWait = httpStatus === 429 || httpStatus === 503 || error.messageIds.some((id) => waiting.has(id))
  // A session that ended in between: nothing was done, and the next call logs in again.
  const sessionEnded = httpStatus === 401
  return {
    kind: 'refused',
    httpStatus,
    messageId: error.messageIds[0],
    text: error.text === '' ? `HTTP ${httpStatus} without a reason` : error.text,
    retryable: known !== undefined || asksToWait || sessionEnded,
    afterMs: response.retryAfterMs ?? known?.afterMs,
  }
}

/** Standard messages that ask for another try (DMTF Base registry). */
const waiting: ReadonlySet<string> = new Set(['ResourceNotReadyRetry', 'ServiceTemporarilyUnavailable'])
