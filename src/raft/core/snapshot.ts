import { checkConfState } from './conf-change.ts'
import { assertCount, invariant } from './invariant.ts'
import { appendAccepted, snapshotMessage } from './messages.ts'
import type { Progress } from './progress.ts'
import type { Raft } from './raft.ts'
import type { Message, PeerId, SnapshotMetadata } from './types.ts'

/**
 * Names a snapshot to a peer that needs what the log no longer holds; false if nothing was sent. Only a peer that was
 * heard of lately gets one, for a snapshot is dear and whoever is down would get it again and again.
 */
export function sendSnapshot(raft: Raft, to: PeerId, progress: Progress): boolean {
  if (!progress.recentActive) return false
  const snapshot = raft.log.snapshot()
  if (snapshot === undefined) return false
  invariant(snapshot.index > progress.match, 'a snapshot brings a peer forward')
  progress.becomeSnapshot(snapshot.index)
  raft.send(snapshotMessage(raft.envelope(to), snapshot))
  return true
}

/** The transport of a snapshot to a peer has ended. */
export function handleSnapshotReport(raft: Raft, id: PeerId, delivered: boolean): void {
  const progress = raft.tracker.get(id)
  if (raft.role !== 'leader' || progress?.state !== 'snapshot') return
  // What was never delivered must not be probed for.
  if (!delivered) progress.pendingSnapshot = 0
  progress.becomeProbe()
  // Delivered: the peer will answer once it is installed. Failed: the next attempt waits for the next heartbeat.
  progress.pause()
}

/** The leader of this term names a snapshot, whose state has arrived. The answer leaves once it is installed. */
export function handleSnapshot(raft: Raft, message: Message): void {
  const { snapshot } = message
  invariant(snapshot !== undefined, 'a snapshot is named')
  assertCount(snapshot.index, 'index')
  assertCount(snapshot.term, 'term')
  invariant(snapshot.term <= message.term, 'no snapshot is newer than its leader')
  const index = restore(raft, snapshot) ? raft.log.lastIndex : raft.log.committed
  raft.send(appendAccepted(raft.envelope(message.from), index))
}

/**
 * Takes a snapshot in place of the log. False if it brings nothing.
 *
 * The snapshot need not name this peer. It may be older than the change that lets the peer take part, which then stands
 * among the entries behind it; a peer that reads the log from its first entry is in the same position. etcd throws such
 * a snapshot away, and the peer gets it again and again until somebody takes a newer one.
 */
function restore(raft: Raft, snapshot: SnapshotMetadata): boolean {
  if (snapshot.index <= raft.log.committed) return false
  checkConfState(snapshot.confState)
  if (raft.log.matches(snapshot)) {
    // The log has all of it already, and knows now that it is committed. To throw it away would lose what is behind,
    // which may have been acknowledged.
    raft.log.commitTo(snapshot.index)
    return false
  }
  raft.log.restore(snapshot)
  return true
}

/**
 * A snapshot is installed. Its configuration is in force from now on, and not before, for until now this peer may have
 * gone on applying entries that were handed over earlier, and changes among them. Nor does it matter before: who awaits
 * a snapshot does not campaign.
 */
export function handleInstalled(raft: Raft, snapshot: SnapshotMetadata): void {
  const isNews = snapshot.index > raft.log.applied
  raft.log.installed(snapshot)
  if (isNews) raft.tracker.configure(snapshot.confState, raft.log.lastIndex)
}
