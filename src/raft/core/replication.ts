import { broadcastAppend, maybeCommit, sendAppend } from './append.ts'
import { invariant } from './invariant.ts'
import { appendAccepted, appendRejected } from './messages.ts'
import type { Progress } from './progress.ts'
import type { Raft } from './raft.ts'
import { acknowledgeReadRound } from './read-index.ts'
import { sendTimeoutNow } from './transfer.ts'
import type { Message, PeerId } from './types.ts'

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
  if (progress.state === 'replicate') {
    progress.inflights.freeTo(message.index)
  } else if (progress.state === 'probe') {
    progress.becomeReplicate()
  } else if (progress.match + 1 >= raft.log.firstIndex) {
    // Whichever snapshot the peer has installed, of us or of somebody before us: the log continues from there.
    progress.becomeReplicate()
  }
  if (maybeCommit(raft)) broadcastAppend(raft)
  else if (message.from !== raft.id && progress.canBumpCommit(raft.log.committed)) {
    sendAppend(raft, message.from, { evenEmpty: true })
  }
  if (message.from === raft.id) return
  while (sendAppend(raft, message.from, { evenEmpty: false })) {
    invariant(progress.match < progress.next, 'what a peer has is not sent again')
  }
  if (message.from === raft.transferee && progress.match === raft.log.lastIndex) sendTimeoutNow(raft)
}
