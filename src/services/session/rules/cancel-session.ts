import type { CancelSessionRequest } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { isOpen, sessions } from '../tables.ts'
import { sessionByReference } from './references.ts'

/**
 * Asks to cancel a session. No further command is sent; those whose outcome is not known are observed to their end
 * first. One that has ended stays as it is. Errors: SESSION_NOT_FOUND.
 */
export function cancelSession(read: Evaluation, request: CancelSessionRequest): readonly Write[] {
  const stored = sessionByReference(read, request.session)
  if (!isOpen(stored.value.sessionState) || stored.value.cancelRequested) return [keep(sessions, stored)]
  return [put(sessions, { ...stored.value, cancelRequested: true, lastUpdatedMs: BigInt(read.timeMs) })]
}
