import { entriesBytes } from './entry-bytes.ts'
import { assertCount, invariant } from './invariant.ts'
import { appendAccepted, appendMessage } from './messages.ts'
import type { Progress } from './progress.ts'
import type { Raft } from './raft.ts'
import { sendSnapshot } from './snapshot.ts'
import type { Entry, EntryType, PeerId } from './types.ts'

/** What a leader appends: its first entry of a term, and what it is given. */
export interface Proposed {
  readonly type: EntryType
  readonly data: Uint8Array
}

/**
 * Appends as leader. The leader's disk is one of the followers: it acknowledges by a message that comes back once the
 * entries are durable, while they are already on their way to the others (thesis §10.2.1). False if too much is
 * uncommitted.
 */
export function appendAsLeader(raft: Raft, proposed: readonly Proposed[]): boolean {
  invariant(raft.role === 'leader', 'only a leader appends of its own')
  const lastIndex = raft.log.lastIndex
  const entries = proposed.map(({ type, data }, at): Entry => ({
    term: raft.term,
    index: lastIndex + 1 + at,
    type,
    data,
  }))
  assertCount(lastIndex + entries.length, 'index')
  if (!raft.increaseUncommitted(entries)) return false
  raft.log.append(entries)
  raft.send(appendAccepted(raft.envelope(raft.id), raft.log.lastIndex))
  return true
}

/** Sends to every peer what it does not have, or else the commit index. */
export function broadcastAppend(raft: Raft): void {
  for (const id of raft.tracker.progress.keys()) {
    if (id !== raft.id) sendAppend(raft, id, { evenEmpty: true })
  }
}

/**
 * Sends the next entries to one peer, if its progress allows; false if nothing was sent. An empty message is worth
 * sending when it carries a new commit index or serves as a probe.
 */
export function sendAppend(raft: Raft, to: PeerId, options: { readonly evenEmpty: boolean }): boolean {
  const progress = raft.tracker.get(to)
  invariant(progress !== undefined && to !== raft.id, 'a leader replicates to the other peers')
  if (progress.paused) return false
  const previousTerm = raft.log.termAt(progress.next - 1)
  // What the log no longer holds can only reach the peer as a snapshot.
  if (previousTerm === undefined) return sendSnapshot(raft, to, progress)
  const entries = nextEntriesFor(raft, progress)
  if (entries.length === 0 && !options.evenEmpty) return false
  const previous = { index: progress.next - 1, term: previousTerm }
  const commit = raft.log.committed
  raft.send(appendMessage(raft.envelope(to), { previous, entries, commit }))
  progress.sentEntries({ count: entries.length, bytes: entriesBytes(entries) })
  progress.sentCommit(commit)
  return true
}

/**
 * Commits what a quorum has, if it is of this term. An entry of an older term that a majority has may still be
 * overwritten (thesis Fig. 3.8); it is committed with the first one of this term behind it.
 */
export function maybeCommit(raft: Raft): boolean {
  const index = raft.tracker.committed()
  if (index <= raft.log.committed || raft.log.termAt(index) !== raft.term) return false
  raft.log.commitTo(index)
  return true
}

function nextEntriesFor(raft: Raft, progress: Progress): readonly Entry[] {
  if (progress.state === 'replicate' && progress.inflights.full) return []
  return raft.log.slice(progress.next, raft.log.lastIndex + 1, raft.config.maxAppendBytes)
}
