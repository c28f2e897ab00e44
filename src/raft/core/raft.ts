import { entriesBytes } from './entry-bytes.ts'
import { assertCount, invariant } from './invariant.ts'
import { RaftLog } from './log.ts'
import type { Envelope } from './messages.ts'
import { ReadQueue } from './read-queue.ts'
import { Tracker } from './tracker.ts'
import {
  none,
  type Config,
  type Entry,
  type HardState,
  type LogReader,
  type Message,
  type MessageType,
  type PeerId,
  type ReadState,
  type Role,
  type SoftState,
} from './types.ts'

/**
 * Messages that promise something to be durable, or that speak of what must be: they leave as responses of the
 * `storage_append` that makes it so.
 *
 * A request for a vote is among them. It speaks of the term, of the candidate's own vote and of the end of its log. Were
 * it sent before these are on the disk, a candidate could crash, forget them, campaign again in the same term with a
 * shorter log, and be elected by late answers to its first request: two leaders of one term, or one without a committed
 * entry (thesis §3.8 wants the state durable before it is spoken of; etcd's asynchronous mode sends the request early).
 */
const promises: ReadonlySet<MessageType> = new Set([
  'append_response',
  'vote',
  'vote_response',
  'pre_vote_response',
] as const)

/** The state of one peer. The files beside this one are its transitions. */
export class Raft {
  readonly config: Config
  readonly log: RaftLog
  readonly tracker: Tracker
  readonly reads = new ReadQueue()
  /** Which voters should rather lead; see `priority.ts`. */
  priorities: ReadonlyMap<PeerId, number> = new Map()
  #term: number
  #vote: PeerId
  #role: Role = 'follower'
  leader: PeerId = none
  /**
   * Ticks since this peer heard from a leader, granted a vote or began to campaign; of a leader, since it last checked
   * its quorum.
   */
  electionElapsed = 0
  heartbeatElapsed = 0
  /** Drawn anew with each change of role, so that split votes do not repeat. */
  electionTimeout = 0
  /**
   * Of a leader: up to here there may be a change of the configuration that is not applied. Until it is, no other one is
   * appended, so that two configurations that count at the same time are never more than one change apart.
   */
  pendingConfIndex = 0
  /** Of a leader: the peer that it is handing over to. */
  transferee: PeerId = none
  /** Of a leader: how often it has checked its quorum since it was elected, or last tried to hand over by itself. */
  electionsLed = 0
  /** Bytes of what this leader appended and did not apply yet; an estimate, for back-pressure only. */
  uncommittedBytes = 0
  /** Messages that may leave at once. */
  messages: Message[] = []
  /** Messages that may leave once everything before them is on the disk. */
  messagesAfterAppend: Message[] = []
  readStates: ReadState[] = []

  constructor(config: Config, reader: LogReader) {
    const { hardState, confState } = reader.initialState()
    assertCount(hardState.term, 'term')
    this.config = config
    this.log = new RaftLog(reader, {
      commit: hardState.commit,
      applied: config.applied,
      maxApplyingBytes: config.maxCommittedBytesPerReady,
    })
    this.tracker = new Tracker({ maxMessages: config.maxInflightMessages, maxBytes: config.maxInflightBytes })
    this.tracker.configure(confState, this.log.lastIndex)
    this.#term = hardState.term
    this.#vote = hardState.vote
    invariant(this.log.last().term <= this.#term, 'no entry has a term above the current one', () => ({
      term: this.#term,
      lastTerm: this.log.last().term,
    }))
    this.becomeFollower(this.#term, none)
  }

  get id(): PeerId {
    return this.config.id
  }

  get term(): number {
    return this.#term
  }

  get vote(): PeerId {
    return this.#vote
  }

  get role(): Role {
    return this.#role
  }

  hardState(): HardState {
    return { term: this.#term, vote: this.#vote, commit: this.log.committed }
  }

  softState(): SoftState {
    return { leader: this.leader, role: this.#role }
  }

  envelope(to: PeerId): Envelope {
    return { from: this.id, to, term: this.#term }
  }

  send(message: Message): void {
    invariant(message.to !== none, 'a message has a receiver')
    invariant(message.term > 0 || message.type === 'read_index', 'a message to a peer has a term')
    if (promises.has(message.type)) this.messagesAfterAppend.push(message)
    else this.messages.push(message)
  }

  /** Whether this peer has a vote in the configuration that it has applied. */
  get votes(): boolean {
    return this.tracker.get(this.id)?.learner === false
  }

  /** Whether this peer may campaign: voters only, and not while their state is that of before a snapshot. */
  get promotable(): boolean {
    return this.votes && !this.log.awaitsSnapshot
  }

  /** Whether this leader's commit index is known to be the latest of all: once an entry of its term is committed. */
  get committedInTerm(): boolean {
    return this.#role === 'leader' && this.log.termAt(this.log.committed) === this.#term
  }

  becomeFollower(term: number, leader: PeerId): void {
    this.#reset(term)
    this.#role = 'follower'
    this.leader = leader
  }

  /** Asks whether an election could be won before disturbing anybody with a new term (thesis §9.6). */
  becomePreCandidate(): void {
    invariant(this.#role !== 'leader', 'a leader does not campaign')
    this.tracker.resetVotes()
    this.leader = none
    this.#role = 'pre_candidate'
  }

  becomeCandidate(): void {
    invariant(this.#role !== 'leader', 'a leader does not campaign')
    this.#reset(this.#term + 1)
    this.#vote = this.id
    this.#role = 'candidate'
  }

  becomeLeader(): void {
    invariant(this.#role === 'candidate', 'only a candidate becomes leader')
    invariant(this.#vote === this.id, 'a leader voted for itself')
    this.#reset(this.#term)
    this.leader = this.id
    this.#role = 'leader'
    const own = this.tracker.get(this.id)
    invariant(own !== undefined, 'a leader takes part')
    own.becomeReplicate()
    own.recentActive = true
    // There may be a change of the configuration among what is not applied; to look for it would take the whole tail.
    this.pendingConfIndex = this.log.lastIndex
  }

  /** Gives the vote of this term, once. */
  voteFor(candidate: PeerId): void {
    invariant(this.#vote === none || this.#vote === candidate, 'one vote is given in a term', () => ({
      term: this.#term,
      vote: this.#vote,
      candidate,
    }))
    this.electionElapsed = 0
    this.#vote = candidate
  }

  /** Counts what a leader appends. False if too much of it is uncommitted; empty entries and a first one go through. */
  increaseUncommitted(entries: readonly Entry[]): boolean {
    const bytes = entriesBytes(entries)
    const beyond = this.uncommittedBytes + bytes > this.config.maxUncommittedBytes
    if (this.uncommittedBytes > 0 && bytes > 0 && beyond) return false
    this.uncommittedBytes += bytes
    return true
  }

  /** Entries were applied. They may be of another leader, which were never counted here. */
  reduceUncommitted(bytes: number): void {
    this.uncommittedBytes = Math.max(0, this.uncommittedBytes - bytes)
  }

  #reset(term: number): void {
    assertCount(term, 'term')
    invariant(term >= this.#term, 'the term never goes back', () => ({ from: this.#term, to: term }))
    if (term !== this.#term) {
      this.#term = term
      this.#vote = none
    }
    this.leader = none
    this.electionElapsed = 0
    this.heartbeatElapsed = 0
    this.electionTimeout = this.#drawElectionTimeout()
    this.uncommittedBytes = 0
    this.pendingConfIndex = 0
    this.transferee = none
    this.electionsLed = 0
    this.tracker.reset(this.id, this.log.lastIndex)
    this.reads.drop()
  }

  #drawElectionTimeout(): number {
    const { electionTicks, random } = this.config
    const drawn = random(electionTicks)
    invariant(Number.isSafeInteger(drawn) && drawn >= 0 && drawn < electionTicks, 'a random number is below its limit')
    return electionTicks + drawn
  }
}
