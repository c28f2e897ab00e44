import { entriesBytes } from './entry-bytes.ts'
import { assertCount, invariant } from './invariant.ts'
import { appendAccepted, appendMessage, appendRejected } from './messages.ts'
import type { Progress } from './progress.ts'
import type { Raft } from './raft.ts'
import { acknowledgeReadRound } from './read-index.ts'
import type { Entry, EntryType, Message, PeerId } from './types.ts'

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
  // What the log no longer holds can only reach the peer as a snapshot. Until it does, the peer stays where it is.
  if (previousTerm === undefined || progress.next < raft.log.firstIndex) return false
  const entries = nextEntriesFor(raft, progress)
  if (entries.length === 0 && !options.evenEmpty) return false
  const previous = { index: progress.next - 1, term: previousTerm }
  const commit = raft.log.committed
  raft.send(appendMessage(raft.envelope(to), { previous, entries, commit }))
  progress.sentEntries({ count: entries.length, bytes: entriesBytes(entries) })
  progress.sentCommit(commit)
  return true
}

/** A leader's entries have come, in its term. */
export function handleAppend(raft: Raft, message: Message): void {
  const { entries, index, logTerm } = message
  for (const [at, entry] of entries.entries()) {
    invariant(entry.index === index + 1 + at, 'the entries of a message follow each other')
    invariant(entry.term <= message.term, 'no entry is newer than its leader')
  }
  const reply = raft.envelope(message.from)
  if (index < raft.log.committed) {
    // An old message: what is committed agrees with every leader's log.
    raft.send(appendAccepted(reply, raft.log.committed))
    return
  }
  const agreed = raft.log.maybeAppend({ index, term: logTerm }, entries, message.commit)
  if (agreed !== undefined) {
    raft.send(appendAccepted(reply, agreed))
    return
  }
  // No entry after the hint can agree with the leader's: it has none at `index` with a higher term than `logTerm`.
  const hint = raft.log.findConflictByTerm({ index: Math.min(index, raft.log.lastIndex), term: logTerm })
  raft.send(appendRejected(reply, index, hint))
}

/** A peer, or this leader's own disk, has answered. */
export function handleAppendResponse(raft: Raft, message: Message): void {
  const progress = raft.tracker.get(message.from)
  if (raft.role !== 'leader' || progress === undefined) return
  progress.recentActive = true
  if (message.reject) handleRejection(raft, progress, message)
  else handleAcknowledgement(raft, progress, message)
}

/** A peer has answered a heartbeat: messages get through to it again. */
export function handleHeartbeatResponse(raft: Raft, message: Message): void {
  const progress = raft.tracker.get(message.from)
  if (raft.role !== 'leader' || progress === undefined) return
  progress.recentActive = true
  progress.resume()
  if (progress.match < raft.log.lastIndex || progress.state === 'probe') {
    sendAppend(raft, message.from, { evenEmpty: true })
  }
  if (message.context !== '') acknowledgeReadRound(raft, message.from, message.context)
}

/** The connection to a peer is gone, and what was on its way with it: find out again how far it is. */
export function handleUnreachable(raft: Raft, id: PeerId): void {
  const progress = raft.tracker.get(id)
  if (raft.role === 'leader' && id !== raft.id && progress?.state === 'replicate') progress.becomeProbe()
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

function handleRejection(raft: Raft, progress: Progress, message: Message): void {
  let hint = message.rejectHint
  if (message.logTerm > 0) {
    // The follower has no entry up to the hint with a term above `logTerm`; so ours above that term cannot be there.
    hint = raft.log.findConflictByTerm({ index: message.rejectHint, term: message.logTerm }).index
  }
  if (!progress.reject({ rejected: message.index, hint })) return
  if (progress.state === 'replicate') progress.becomeProbe()
  sendAppend(raft, message.from, { evenEmpty: true })
}

function handleAcknowledgement(raft: Raft, progress: Progress, message: Message): void {
  invariant(message.index <= raft.log.lastIndex, 'nobody acknowledges what its leader has not sent', () => ({
    from: message.from,
    index: message.index,
    last: raft.log.lastIndex,
  }))
  // An answer without news may still tell that the first probe of a peer that is up to date got through.
  const probeAnswered = progress.state === 'probe' && progress.match === message.index
  if (!progress.acknowledge(message.index) && !probeAnswered) return
  if (progress.state === 'probe') progress.becomeReplicate()
  else progress.inflights.freeTo(message.index)
  if (maybeCommit(raft)) broadcastAppend(raft)
  else if (message.from !== raft.id && progress.canBumpCommit(raft.log.committed)) {
    sendAppend(raft, message.from, { evenEmpty: true })
  }
  if (message.from === raft.id) return
  while (sendAppend(raft, message.from, { evenEmpty: false })) {
    invariant(progress.match < progress.next, 'what a peer has is not sent again')
  }
}
