import { trivetError } from '../../../lib/errors.ts'

/**
 * Revisions that one configuration or template may have. Together with the row itself they fit one transaction, so
 * that a deletion leaves nothing behind.
 */
export const revisionsMax = 900

/** Refuses one revision too many. Errors: TOO_MANY_REVISIONS. */
export function requireRoomForRevision(kind: string, name: string, newest: number): void {
  if (newest < revisionsMax) return
  throw trivetError('TOO_MANY_REVISIONS', { kind, name, limit: revisionsMax })
}
