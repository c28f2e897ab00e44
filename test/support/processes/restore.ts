import { SessionService } from '../../../src/gen/trivet/session/v1/session_pb.ts'
import type { Site } from './site.ts'
import { endOfSession, isOpen } from './sessions.ts'

/** Every peer is there, well and of one mind, no fault is in force, and no session of an earlier test goes on. */
export async function restore(site: Site): Promise<void> {
  await site.room.calm()
  for (const peer of site.peers) {
    peer.thaw()
    if (!peer.alive) await peer.start()
  }
  await Promise.all(site.peers.map((peer) => peer.ready(30_000)))
  const sessions = site.client(SessionService)
  for (const session of (await sessions.listSessions({})).sessions) {
    if (!isOpen(session.sessionState)) continue
    await sessions.cancelSession({ session: session.id })
    await endOfSession(site, session.id)
  }
  await site.room.forwardTo(site.peers.map(({ addresses }) => addresses.node))
  await site.agreed()
}
