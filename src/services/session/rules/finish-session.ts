import { SessionOperation, SessionState, TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { powerTransitions } from '../../power/tables.ts'
import { isOpen, sessions, sessionTargets } from '../tables.ts'
import type { StoredSession, StoredTarget } from './references.ts'
import { hasEnded } from './references.ts'

/** Ended sessions that are kept, with their targets and transitions; the oldest goes first. */
export const sessionsKeptMax = 200

/** Rows that one tidying transaction removes. */
const removedRowsMax = 900

/** Causes that one message lists; the rest stands with the targets. */
const causesMax = 3

/** Ends a session all of whose targets have ended. Anything else stays as it is. */
export function finishSession(read: Evaluation, request: { readonly sessionId: string }): readonly Write[] {
  const stored = read.get(sessions, request.sessionId)
  if (stored === undefined) return []
  const targets = read.bucket(sessionTargets, 'session', stored.key)
  const open = targets.some(({ value }) => !hasEnded(value.step))
  if (open || !isOpen(stored.value.sessionState)) return [keep(sessions, stored)]
  const failed = targets.filter(({ value }) => value.step === TargetStep.FAILED)
  const cancelled = targets.some(({ value }) => value.step === TargetStep.CANCELLED)
  const now = BigInt(read.timeMs)
  const sessionState = cancelled
    ? SessionState.CANCELLED
    : failed.length > 0
      ? SessionState.FAILED
      : SessionState.COMPLETED
  return [
    put(sessions, {
      ...stored.value,
      sessionState,
      lastUpdatedMs: now,
      completedMs: now,
      errorMessage: explain(stored, failed),
    }),
  ]
}

/** How many failed; stage and cause by cause, with the nodes folded; and what to try. */
function explain({ value: session }: StoredSession, failed: readonly StoredTarget[]): string {
  if (failed.length === 0) return ''
  const byCause = new Map<string, string[]>()
  for (const { value } of failed) {
    byCause.set(value.lastError, [...(byCause.get(value.lastError) ?? []), value.xname])
  }
  const causes = [...byCause].map(([cause, xnames]) => `${foldNodeset(xnames)}: ${cause}`)
  const shown = causes.slice(0, causesMax).join('; ')
  const more = causes.length > causesMax ? `; and ${causes.length - causesMax} other causes` : ''
  const all = foldNodeset(failed.map(({ value }) => value.xname))
  const again = `trivet session create ${session.templateName} --nodes '${all}'`
  const reboot = session.operation === SessionOperation.REBOOT ? ' --operation reboot' : ''
  return (
    `${failed.length} of ${session.total} failed: ${shown}${more}. ` +
    `Try: trivet power status --nodes '${all}', and when the cause is mended: ${again}${reboot}`
  )
}

/**
 * Forgets the oldest ended session above the bound: its transitions first, 900 rows at a time, then its targets and
 * itself. Nothing is forgotten while none is above.
 */
export function tidySessions(read: Evaluation, _request: Record<string, never>): readonly Write[] {
  if (read.size(sessions) <= sessionsKeptMax) return []
  const oldest = oldestEnded(read)
  if (oldest === undefined) return []
  const transitions = read.bucket(powerTransitions, 'session', oldest.key)
  if (transitions.length > 0) {
    return transitions.slice(0, removedRowsMax).map((transition) => remove(powerTransitions, transition))
  }
  return [remove(sessions, oldest)]
}

/** Ids begin with the log time at which they were drawn: the first one is the oldest. */
function oldestEnded(read: Evaluation): StoredSession | undefined {
  for (const session of read.all(sessions)) if (!isOpen(session.value.sessionState)) return session
  return undefined
}
