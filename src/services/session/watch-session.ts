import type { MessageInitShape } from '@bufbuild/protobuf'
import type { WatchSessionRequest, WatchSessionResponseSchema } from '../../gen/trivet/session/v1/session_pb.ts'
import type { WatchContext } from '../kernel/watch-context.ts'
import { sessionAnswer, targetAnswer, targetsOf } from './answers/session.ts'
import { sessionByReference } from './rules/references.ts'
import { isOpen, sessions, sessionTargets } from './tables.ts'

/**
 * Follows a session until it ends: the session with the targets that changed since the message before; the first
 * message has all of them, or those that changed after the revision that the caller names.
 */
export async function* watchSession(
  context: WatchContext,
  request: WatchSessionRequest,
): AsyncIterable<MessageInitShape<typeof WatchSessionResponseSchema>> {
  const { key } = sessionByReference(context.reader(), request.session)
  let shown = Number(request.afterRevision)
  const look = () => {
    const read = context.reader()
    const session = sessionByReference(read, key)
    const targets = targetsOf(read, key).filter((target) => target.revision > shown)
    const changed = targets.length > 0 || session.revision > shown
    shown = read.revision
    const message = {
      session: sessionAnswer(read, session),
      targets: targets.map(targetAnswer),
      revision: BigInt(read.revision),
    }
    return { message, changed, open: isOpen(session.value.sessionState) }
  }
  const changes = context.changes({
    afterRevision: context.reader().revision,
    tables: [sessions.name, sessionTargets.name],
  })
  const first = look()
  yield first.message
  if (!first.open) return
  for await (const event of changes) {
    if (event.kind === 'bookmark' || event.revision <= shown) continue
    const next = look()
    if (next.changed) yield next.message
    if (!next.open) return
  }
}
