import { TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import { trivetError } from '../../../lib/errors.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { sessionTargets } from '../tables.ts'
import { sessions } from '../tables.ts'

/** A session that was read. */
export type StoredSession = Stored<RowOf<typeof sessions>>

/** A target that was read. */
export type StoredTarget = Stored<RowOf<typeof sessionTargets>>

/** The session that an id means. Errors: SESSION_NOT_FOUND. */
export function sessionByReference(read: Reader, reference: string): StoredSession {
  const found = read.get(sessions, reference.trim())
  if (found !== undefined) return found
  throw trivetError('SESSION_NOT_FOUND', { session: reference })
}

/** Whether a target has come to its end. */
export function hasEnded(step: TargetStep): boolean {
  return step === TargetStep.SUCCEEDED || step === TargetStep.FAILED || step === TargetStep.CANCELLED
}
