import { storageAppend, storageAppendResponse, storageApply } from './messages.ts'
import type { Raft } from './raft.ts'
import { beginReadRound, canBeginReadRound } from './read-index.ts'
import type { Entry, HardState, Message, Ready, SnapshotMetadata, SoftState } from './types.ts'

/** Tells the caller what to do, each thing once. */
export class ReadySource {
  readonly #raft: Raft
  #softState: SoftState
  #hardState: HardState

  /** `hardState` is what is on the disk. */
  constructor(raft: Raft, hardState: HardState) {
    this.#raft = raft
    this.#softState = raft.softState()
    this.#hardState = hardState
  }

  hasReady(): boolean {
    const raft = this.#raft
    return (
      raft.messages.length > 0 ||
      raft.messagesAfterAppend.length > 0 ||
      raft.readStates.length > 0 ||
      raft.log.hasNextUnstable() ||
      raft.log.nextSnapshot() !== undefined ||
      raft.log.hasNextCommitted() ||
      canBeginReadRound(raft) ||
      this.#changedHardState() !== undefined ||
      this.#changedSoftState() !== undefined
    )
  }

  take(): Ready {
    const raft = this.#raft
    if (canBeginReadRound(raft)) beginReadRound(raft)
    const softState = this.#changedSoftState()
    const hardState = this.#changedHardState()
    const snapshot = raft.log.nextSnapshot()
    const entries = raft.log.nextUnstable()
    const committed = raft.log.nextCommitted()
    const { messages, readStates } = raft
    const isVoteNew = hardState !== undefined && isVoteNews(this.#hardState, hardState)
    const mustSync = entries.length > 0 || snapshot !== undefined || isVoteNew
    if (mustSync || hardState !== undefined || raft.messagesAfterAppend.length > 0) {
      messages.push(storageAppend(raft.id, { hardState, entries, snapshot, responses: this.#responses(snapshot) }))
    }
    if (committed.length > 0) messages.push(storageApply(raft.id, committed))
    this.#accept(committed)
    return { softState, hardState, snapshot, readStates, messages, mustSync }
  }

  #accept(committed: readonly Entry[]): void {
    const raft = this.#raft
    this.#softState = raft.softState()
    this.#hardState = raft.hardState()
    raft.messages = []
    raft.messagesAfterAppend = []
    raft.readStates = []
    raft.log.acceptUnstable()
    raft.log.acceptApplying(committed)
  }

  /**
   * What leaves once the write is durable. At the end stands the message that lets the unstable log shrink.
   *
   * That message names the end of the log and the current term, and is dropped when the term has changed by then. The
   * end of the log alone would not do. A follower may be given entries by one leader, others at the same indexes by the
   * next, and the first ones again by a third, each with a write on its way: when the first write ends, the log looks as
   * if it were on the disk, while the second write, still under way, is about to overwrite it. As long as the term stays
   * the same, nobody overwrites what is written.
   *
   * So that entries whose message was dropped do not stay unstable for ever, the message goes with every write while
   * there are unstable entries, also with a write of the hard state that follows from the change of term.
   *
   * That a snapshot is installed, the same message says, and that is believed in any term: what a snapshot holds is
   * committed, and nobody overwrites it.
   */
  #responses(snapshot: SnapshotMetadata | undefined): readonly Message[] {
    const { id, term, log, messagesAfterAppend } = this.#raft
    if (!log.hasUnstable && snapshot === undefined) return messagesAfterAppend
    const last = log.hasUnstable ? log.last() : { index: 0, term: 0 }
    return [...messagesAfterAppend, storageAppendResponse({ to: id, term }, { last, snapshot })]
  }

  #changedSoftState(): SoftState | undefined {
    const now = this.#raft.softState()
    return now.leader === this.#softState.leader && now.role === this.#softState.role ? undefined : now
  }

  #changedHardState(): HardState | undefined {
    const now = this.#raft.hardState()
    return now.commit === this.#hardState.commit && !isVoteNews(this.#hardState, now) ? undefined : now
  }
}

/** The commit index alone need not be synced: it is learnt again from the next leader. */
function isVoteNews(before: HardState, now: HardState): boolean {
  return before.term !== now.term || before.vote !== now.vote
}
