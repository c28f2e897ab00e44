import type { Position } from '../core/log.ts'
import type { LogReader, Message, PeerId } from '../core/types.ts'
import type { LogStore } from '../store/log-store.ts'
import { sameChain } from '../store/chain.ts'
import { withoutVoteOf } from './muted-configuration.ts'

/** Contexts of the question for a chain, and of its answer; rounds of reads have other ones. */
const asksChain = 'chain?'
const tellsChain = 'chain='

/** An answer that does not come is asked for again after so many ticks. */
const askAgainTicks = 20

const bare = {
  term: 0,
  logTerm: 0,
  entries: [],
  commit: 0,
  commitTerm: 0,
  vote: '',
  reject: false,
  rejectHint: 0,
  snapshot: undefined,
  responses: [],
}

/** What `Rejoin` asks of the member. */
export interface RejoinPorts {
  readonly self: PeerId
  readonly store: Pick<LogStore, keyof LogReader | 'mutedTerm' | 'chainAt' | 'unmute'>
  send(message: Message): void
  /** This peer may vote again; called once, when that is durable. */
  rejoined(): void
  /** The log is not the leader's, although every single entry agreed: nothing can be believed. */
  differs(reason: string): void
}

/**
 * A peer that lost entries on its way back among the voters. It may have acknowledged what it lost: an entry may stand
 * on a majority only because this peer was counted. Would it vote, it could elect somebody who lacks that entry:
 *
 *     X is committed on A and B; B loses X; A is down; C, which never had X, asks B for its vote.
 *
 * So the core is told that this peer is a learner, and requests for votes go unheard. What its leader replicates is
 * acknowledged, for that is true again. It votes once an entry of a term later than the one of the loss is committed in
 * its log. Whoever led that term was elected without this peer's vote, by a majority of peers that still had all that
 * they had acknowledged: so its log holds whatever was committed, and now this one does, too. (An entry of the very term
 * of the loss would prove nothing: its leader may count what this peer acknowledged before the loss. That leader hears
 * of the later term from this peer, and steps down: that costs one election.)
 *
 * Last it compares chains with the leader.
 */
export class Rejoin {
  readonly #ports: RejoinPorts
  readonly #mutedTerm: number
  #ticks = 0
  /** A committed entry that the leader is asked about once it is on this peer's disk. */
  #next: Position | undefined
  #asked: Position | undefined
  #isOver = false

  constructor(ports: RejoinPorts) {
    this.#ports = ports
    this.#mutedTerm = ports.store.mutedTerm
  }

  /** The log, as the core may see it: this peer is none of the voters. */
  get reader(): LogReader {
    const { self, store } = this.#ports
    return {
      initialState: () => {
        const { hardState, confState } = store.initialState()
        return { hardState, confState: withoutVoteOf(self, confState) }
      },
      entries: (low, high, maxBytes) => store.entries(low, high, maxBytes),
      term: (index) => store.term(index),
      firstIndex: () => store.firstIndex(),
      lastIndex: () => store.lastIndex(),
      snapshot: () => store.snapshot(),
    }
  }

  /** Whether this message must not reach the core: it would have this peer vote. */
  silences(message: Message): boolean {
    return message.type === 'vote' || message.type === 'pre_vote'
  }

  /**
   * A tick has passed; what is committed and who leads as the core knows it. Until the entry itself is on the disk, another
   * one may stand there, which an earlier leader has left and whose replacement is on its way.
   */
  tick(known: { readonly commit: number; readonly commitTerm: number; readonly leader: PeerId }): void {
    if (this.#isOver || known.leader === '' || known.commitTerm <= this.#mutedTerm) return
    const { self, store } = this.#ports
    this.#next ??= { index: known.commit, term: known.commitTerm }
    const { index, term } = this.#next
    if (index < store.firstIndex() - 1) this.#next = undefined
    else if (index <= store.lastIndex() && store.term(index) === term && this.#ticks++ % askAgainTicks === 0) {
      this.#asked = this.#next
      this.#next = undefined
      this.#ports.send({ ...bare, type: 'read_index', from: self, to: known.leader, index, context: asksChain })
    }
  }

  /** The leader's answer. True if it was one. */
  heard(message: Message): boolean {
    if (message.type !== 'read_index_response' || !message.context.startsWith(tellsChain)) return false
    const { store } = this.#ports
    const { index } = message
    // What stands before an entry that was asked about is committed like that one.
    const isAsked = this.#asked !== undefined && index <= this.#asked.index
    if (this.#isOver || !isAsked || index < store.firstIndex() - 1) return true
    this.#isOver = true
    const told = Buffer.from(message.context.slice(tellsChain.length), 'hex')
    if (!sameChain(told, store.chainAt(index))) {
      this.#ports.differs(`its log up to entry ${index} is not the one of its leader ${message.from}`)
      return true
    }
    void store.unmute().then(
      () => this.#ports.rejoined(),
      (error: unknown) => this.#ports.differs(String(error)),
    )
    return true
  }
}

/** The answer of a leader to a peer that asks for a chain; undefined if the message asks for something else. */
export function chainAnswer(
  message: Message,
  store: LogStore,
  own: Pick<Message, 'from' | 'term'>,
): Message | undefined {
  if (message.type !== 'read_index' || message.context !== asksChain) return undefined
  const { index } = message
  const isKept = index >= store.firstIndex() - 1 && index <= store.lastIndex()
  const context = isKept ? `${tellsChain}${Buffer.from(store.chainAt(index)).toString('hex')}` : 'chain!'
  return { ...bare, type: 'read_index_response', ...own, to: message.from, index, context }
}
