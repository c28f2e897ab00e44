import { invariant } from './invariant.ts'
import { heartbeatMessage, heartbeatResponse } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Message } from './types.ts'

/**
 * Tells every peer that this leader is alive. The context is that of the read round under way, so that a round whose
 * heartbeats were lost goes on with the next ones.
 */
export function broadcastHeartbeat(raft: Raft): void {
  invariant(raft.role === 'leader', 'only a leader sends heartbeats')
  const context = raft.reads.round?.context ?? ''
  for (const [id, progress] of raft.tracker.progress) {
    if (id === raft.id) continue
    // A follower may not have all that is committed; it must not be told more than it is known to have.
    const commit = Math.min(progress.match, raft.log.committed)
    raft.send(heartbeatMessage(raft.envelope(id), { commit, context }))
    progress.sentCommit(commit)
  }
}

/** A leader of this term is alive. The answer promises nothing about the disk, so it leaves at once. */
export function handleHeartbeat(raft: Raft, message: Message): void {
  raft.log.commitTo(message.commit)
  raft.send(heartbeatResponse(raft.envelope(message.from), message.context))
}
