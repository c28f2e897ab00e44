import { SessionRowSchema, SessionTargetRowSchema } from '../../gen/trivet/rows/v1/session_pb.ts'
import { SessionState } from '../../gen/trivet/session/v1/session_pb.ts'
import { table } from '../../state/table.ts'

/** Sessions. */
export const sessions = table({
  name: 'session',
  row: SessionRowSchema,
  key: (session) => session.id,
  buckets: {
    /** Sessions that have not ended, under the one key `open`. */
    open: (session) => (isOpen(session.sessionState) ? 'open' : undefined),
    openOnGroup: (session) => (isOpen(session.sessionState) && session.groupId !== '' ? session.groupId : undefined),
    openOnTemplate: (session) => (isOpen(session.sessionState) ? session.templateId : undefined),
    group: (session) => (session.groupId === '' ? undefined : session.groupId),
  },
})

/** The nodes of a session, one row each. */
export const sessionTargets = table({
  name: 'session_target',
  row: SessionTargetRowSchema,
  key: (target) => `${target.sessionId}/${target.nodeId}`,
  owner: { table: sessions, key: (target) => target.sessionId },
  buckets: {
    session: (target) => target.sessionId,
    /** How many targets of a session are at each step: `<session>/<step>`. */
    step: (target) => `${target.sessionId}/${target.step}`,
    node: (target) => target.nodeId,
  },
})

/** Whether a session has not ended yet. */
export function isOpen(state: SessionState): boolean {
  return state === SessionState.PENDING || state === SessionState.RUNNING
}
