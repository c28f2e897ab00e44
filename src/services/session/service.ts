import type { GetSessionRequest, ListSessionsRequest } from '../../gen/trivet/session/v1/session_pb.ts'
import { SessionService } from '../../gen/trivet/session/v1/session_pb.ts'
import type { Reader } from '../../state/read.ts'
import { read, service, watch, write } from '../kernel/method.ts'
import { newestFirst, newestOf, page } from '../kernel/paging.ts'
import { resource } from '../kernel/resource.ts'
import { sessionAnswer, targetAnswer, targetsOf } from './answers/session.ts'
import { cancelSession } from './rules/cancel-session.ts'
import { createSession } from './rules/create-session.ts'
import { sessionByReference } from './rules/references.ts'
import { sessions } from './tables.ts'
import { watchSession } from './watch-session.ts'

const session = resource(sessions, (stored, from) => ({ session: sessionAnswer(from, stored) }))

/** Sessions: a template, applied to nodes. */
export const sessionService = service(SessionService, {
  createSession: write(createSession, session),
  listSessions: read(listSessions),
  getSession: read(getSession),
  watchSession: watch(watchSession),
  cancelSession: write(cancelSession, session),
})

function listSessions(from: Reader, request: ListSessionsRequest) {
  const { items, nextPageToken } = page(from, newestOf(from.all(sessions)), request, newestFirst)
  const answers = items.map((stored) => sessionAnswer(from, stored))
  return { sessions: answers, nextPageToken, revision: BigInt(from.revision) }
}

function getSession(from: Reader, request: GetSessionRequest) {
  const stored = sessionByReference(from, request.session)
  return { session: sessionAnswer(from, stored), targets: targetsOf(from, stored.key).map(targetAnswer) }
}
