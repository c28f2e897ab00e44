import { trivetError } from '../../lib/errors.ts'
import { uuid7TimeMs } from '../../lib/uuid7.ts'
import { requestAheadMsMax } from './limits.ts'

/**
 * Refuses the id of a request that has no kept outcome, when it can't be known that it was not executed before
 * (log.md, rule 14): at or below the floor, or too far ahead of log time. No wall clock has a say in it.
 * Errors: REQUEST_ID_TOO_OLD, REQUEST_ID_IN_FUTURE, INVALID_REQUEST if it is not a UUIDv7.
 */
export function checkRequestId(
  requestId: string,
  present: { readonly floor: string; readonly logTimeMs: number },
): void {
  const drawnMs = uuid7TimeMs(requestId)
  if (drawnMs === undefined) throw trivetError('INVALID_REQUEST', { reason: 'request_id is not a UUIDv7' })
  if (requestId <= present.floor) throw trivetError('REQUEST_ID_TOO_OLD', { requestId })
  const aheadMs = drawnMs - present.logTimeMs
  if (aheadMs <= requestAheadMsMax) return
  throw trivetError('REQUEST_ID_IN_FUTURE', { requestId, aheadMs, limitMs: requestAheadMsMax })
}
