import type { Message } from '../../../src/raft/core/types.ts'
import type { CommittedEntry } from '../../../src/raft/member/port.ts'
import { chainText } from '../../../src/raft/store/chain.ts'
import { decodeFrame } from '../../../src/raft/store/frame.ts'
import { indexOfKey, recordKeys } from '../../../src/raft/store/keys.ts'
import { decodeHardState, decodeTruncation, type TruncationPoint } from '../../../src/raft/store/records.ts'
import type { Change } from '../disk/stored-database.ts'
import { isQuorum, MembershipModel, type Membership } from './membership-model.ts'
import { truncationKey, type LogImage } from './log-image.ts'
import { expectHolds } from './violation.ts'

/** An entry on a disk: where it stands, and the chain that stands for it and all before it. */
interface Stored {
  readonly term: number
  readonly chain: string
  readonly bytes: Uint8Array
}

/** An entry that is known to be committed. */
interface Committed extends Stored {
  /** The term of the peer that knew it first: leaders of later terms hold it. */
  readonly inTerm: number
}

/** What one peer's disk holds by all that was written to it, whatever damage came over it since. */
interface DiskView {
  readonly name: string
  /** By index, from behind `base` on. */
  readonly entries: (Stored | undefined)[]
  /** The last entry that is cut off, or that a snapshot stands for. */
  base: number
  term: number
  vote: string
  /** The last entry whose durability it has promised. */
  acknowledged: number
  /** Counts its starts. */
  life: number
  /** By the names of its reads, the life in which it asked. */
  readonly reads: Map<string, number>
}

const keyOf = (text: Uint8Array): string => Buffer.from(text).toString('latin1')
const hardStateKey = keyOf(recordKeys.hardState)

/**
 * The properties of the thesis (Fig. 3.2), seen from outside: from what reaches the disks, what peers say to each other
 * and what they hand over for applying. It bites also when the assertions in the core do not.
 */
export class LogOracle {
  readonly #views = new Map<string, DiskView>()
  readonly #names: ReadonlyMap<string, string>
  readonly #membership = new MembershipModel()
  /** Chain of every entry that was ever on a disk, by index and term. */
  readonly #chains: Map<number, string>[] = []
  readonly #leaders = new Map<number, string>()
  /** By term, where its leader's own entries begin. */
  readonly #firstIndexes = new Map<number, number>()
  /** The highest index that anybody has said to be committed. */
  #saidCommitted = 1
  readonly #votes = new Map<string, string>()
  /** Of entries that are known to be committed, by index. */
  readonly #committed: (Committed | undefined)[] = [undefined]

  constructor(peers: readonly { readonly id: string; readonly name: string }[]) {
    this.#names = new Map(peers.map(({ id, name }) => [id, name]))
    for (const { id, name } of peers) {
      this.#views.set(id, {
        name,
        entries: [undefined],
        base: 0,
        term: 0,
        vote: '',
        acknowledged: 0,
        life: 0,
        reads: new Map(),
      })
    }
  }

  /** The highest index that is known to be committed. */
  get committed(): number {
    return this.#committed.length - 1
  }

  /** Of the last entry that is known to be committed. */
  get committedTerm(): number {
    return this.#committed.at(-1)?.term ?? 0
  }

  /** Changes of who takes part, the first one included. */
  get membershipChanges(): number {
    return this.#membership.changes
  }

  /** Who takes part, by what is committed. */
  get membership(): Membership {
    return this.#membership.current
  }

  /** Who took part before the last committed change. */
  get previousMembership(): Membership {
    return this.#membership.previous
  }

  isCommitted(index: number, term: number): boolean {
    return this.#committed[index]?.term === term
  }

  lastIndex(peer: string): number {
    return this.#views.get(peer)!.entries.length - 1
  }

  /** A batch of the log is on a peer's disk. */
  stored(peer: string, changes: readonly Change[]): void {
    const view = this.#views.get(peer)!
    for (const { key, value } of changes) {
      if (key === truncationKey && value !== undefined) this.#cuts(view, value)
      if (key === hardStateKey && value !== undefined) this.#storesHardState(view, value)
      if (key.length !== 9) continue
      const index = indexOfKey(Buffer.from(key, 'latin1'))
      if (index === undefined) continue
      if (value === undefined) this.#removes(view, index)
      else this.#stores(view, index, value)
    }
    while (view.entries.length > view.base + 1 && view.entries.at(-1) === undefined) view.entries.pop()
    // What is taken away on the word of a newer leader is promised no longer.
    view.acknowledged = Math.min(view.acknowledged, view.entries.length - 1)
  }

  /** A peer speaks: what it promises must be on its disk by now. */
  sent(from: string, message: Message): void {
    switch (message.type) {
      case 'append':
      case 'heartbeat':
        return this.#leads(from, message)
      case 'read_index':
        return this.#asksForIndex(from, message.context)
      case 'vote':
        return this.#asksForVotes(from, message.term)
      case 'append_response':
        return message.reject ? undefined : this.#acknowledges(from, message)
      case 'vote_response':
        return message.reject ? undefined : this.#votesFor(from, message)
      default:
    }
  }

  leads(peer: string, term: number, firstIndex: number): void {
    this.#speaksAsLeader(peer, term)
    this.#firstIndexes.set(term, firstIndex)
    // One that wins late may lead an older term than the newest, for a moment.
    let before = this.committed
    while (before > 0 && this.#committed[before]!.inTerm >= term) before--
    expectHolds(
      firstIndex > before,
      'leader completeness',
      () => `${this.#name(peer)} leads term ${term} from ${firstIndex} on, but ${before} was committed before`,
    )
  }

  /** A peer hands an entry over for applying. */
  commits(peer: string, { index, term, type, data }: CommittedEntry): void {
    const view = this.#views.get(peer)!
    const stored = view.entries[index]
    expectHolds(
      stored?.term === term,
      'commit durability',
      () => `${view.name} applies entry ${index} of term ${term}, and its disk holds term ${stored?.term}`,
    )
    const known = this.#committed[index]
    if (known !== undefined) {
      expectHolds(
        known.chain === stored.chain,
        'state machine safety',
        () => `${view.name} applies another entry ${index} than was committed`,
      )
      return
    }
    expectHolds(
      index === this.#committed.length,
      'state machine safety',
      () => `${view.name} applies entry ${index} next, and ${this.committed} was the last`,
    )
    // The first entry is made with each data directory, and committed from the beginning.
    const isBootstrap = index === 1
    const holds = (id: string) => this.#views.get(id)!.entries[index]?.chain === stored.chain
    const counting = this.#membership.countingFor(index)
    expectHolds(isBootstrap || counting.some((membership) => isQuorum(membership, holds)), 'commit durability', () => {
      const holders = [...this.#names].filter(([id]) => holds(id)).map(([, name]) => name)
      return `entry ${index} is committed, and the disks of ${holders.join(', ')} hold it`
    })
    this.#committed.push({ ...stored, inTerm: view.term })
    if (type === 'conf_change') this.#membership.commits(index, data)
    this.#saidCommitted = Math.max(this.#saidCommitted, index)
  }

  /** A peer has opened a log that lost entries. It knows, promises nothing of before, and begins with what is left. */
  repairs(peer: string, image: LogImage): void {
    const view = this.#views.get(peer)!
    view.acknowledged = 0
    this.#holds(view, image)
  }

  /**
   * A new log has taken the place of a peer's log: behind a snapshot, or what a repair has left of it. A snapshot may
   * take away only what it stands for, and what another entry in its place has made void.
   */
  replaces(peer: string, image: LogImage): void {
    const view = this.#views.get(peer)!
    const { base } = image
    const before = view.entries[base.index]
    if (base.index > 0) this.#expectCommitted(view, base)
    const isVoid = before !== undefined && before.chain !== chainText(base.chain)
    if (isVoid) view.acknowledged = Math.min(view.acknowledged, base.index)
    this.#holds(view, image)
  }

  /** A peer has opened its log and believes it: then all that it promised must be in it. */
  believes(peer: string, { base, entries, lastIndex }: LogImage): void {
    const view = this.#views.get(peer)!
    const promised = view.acknowledged
    view.life++
    expectHolds(
      lastIndex >= promised,
      'kept promises',
      () => `${view.name} begins with a log up to entry ${lastIndex}, and has acknowledged ${promised}`,
    )
    expectHolds(
      base.index <= view.base,
      'kept promises',
      () => `${view.name} begins behind entry ${base.index}, and has cut its log at ${view.base}`,
    )
    for (const [index, bytes] of entries) {
      // Damage may take back a cut, and nothing else.
      if (index <= view.base) {
        this.#stores(view, index, bytes)
        continue
      }
      const stored = view.entries[index]
      expectHolds(
        stored !== undefined && Buffer.compare(stored.bytes, bytes) === 0,
        'kept promises',
        () => `${view.name} believes an entry ${index} that it never wrote`,
      )
    }
    // What was lost without having been promised is not there any more.
    view.entries.length = lastIndex + 1
    view.base = base.index
  }

  /** Only what is committed is cut off; the state holds it, or another peer would not have sent its own. */
  #cuts(view: DiskView, value: Uint8Array): void {
    const base = decodeTruncation(value)
    if (base === undefined || base.index === 0) return
    this.#expectCommitted(view, base)
    for (let index = view.base + 1; index <= base.index; index++) view.entries[index] = undefined
    view.base = base.index
  }

  #expectCommitted({ name }: DiskView, { index, chain }: TruncationPoint): void {
    const committed = this.#committed[index]
    expectHolds(
      committed !== undefined,
      'leader completeness',
      () => `${name} begins its log behind entry ${index}, and ${this.committed} was committed last`,
    )
    expectHolds(
      committed.chain === chainText(chain),
      'log matching',
      () => `${name} begins its log behind another entry ${index} than was committed`,
    )
  }

  #holds(view: DiskView, { base, entries, lastIndex }: LogImage): void {
    view.base = base.index
    view.entries.length = 0
    view.entries.length = lastIndex + 1
    for (const [index, bytes] of entries) this.#stores(view, index, bytes)
  }

  #stores(view: DiskView, index: number, bytes: Uint8Array): void {
    const { entry, chain } = decodeFrame(bytes, index)
    const stored: Stored = { term: entry.term, chain: chainText(chain), bytes }
    const known = (this.#chains[index] ??= new Map<number, string>()).get(entry.term)
    expectHolds(
      known === undefined || known === stored.chain,
      'log matching',
      () => `${view.name} holds another entry ${index} of term ${entry.term} than another peer`,
    )
    this.#chains[index].set(entry.term, stored.chain)
    this.#mayReplace(view, index, stored)
    view.entries[index] = stored
  }

  #removes(view: DiskView, index: number): void {
    if (index <= view.base) return
    this.#mayReplace(view, index, undefined)
    view.entries[index] = undefined
  }

  #mayReplace(view: DiskView, index: number, by: Stored | undefined): void {
    const committed = this.#committed[index]
    if (committed === undefined || committed.chain === by?.chain) return
    expectHolds(
      view.entries[index]?.chain !== committed.chain,
      'leader completeness',
      () => `${view.name} gives up entry ${index}, which is committed`,
    )
    expectHolds(
      by === undefined || by.term <= committed.inTerm,
      'leader completeness',
      () => `${view.name} holds entry ${index} of term ${by?.term}, where another was committed in ${committed.inTerm}`,
    )
  }

  #storesHardState(view: DiskView, value: Uint8Array): void {
    const hardState = decodeHardState(value)
    if (hardState === undefined) return
    expectHolds(
      hardState.term >= view.term,
      'kept promises',
      () => `the term of ${view.name} goes back from ${view.term} to ${hardState.term}`,
    )
    const { term, vote } = hardState
    const isChanged = term === view.term && view.vote !== '' && vote !== view.vote
    expectHolds(!isChanged, 'kept promises', () => `${view.name} changes its vote in term ${term}`)
    view.term = term
    view.vote = vote
  }

  /**
   * A leader says how much is committed. What nobody has said before it has counted itself, and it counts nothing but
   * entries of its own term (thesis §5.4.2): those before them may yet be replaced.
   */
  #leads(peer: string, { term, commit }: Message): void {
    this.#speaksAsLeader(peer, term)
    if (commit <= this.#saidCommitted) return
    this.#saidCommitted = commit
    const firstIndex = this.#firstIndexes.get(term) ?? 0
    expectHolds(
      commit >= firstIndex,
      'leader completeness',
      () =>
        `${this.#name(peer)} commits ${commit} by itself, and its own entries of term ${term} begin at ${firstIndex}`,
    )
  }

  #speaksAsLeader(peer: string, term: number): void {
    const known = this.#leaders.get(term)
    if (known === peer) return
    expectHolds(
      known === undefined,
      'election safety',
      () => `${this.#name(known!)} and ${this.#name(peer)} both lead term ${term}`,
    )
    this.#leaders.set(term, peer)
  }

  #acknowledges(peer: string, { index, term }: Message): void {
    const view = this.#views.get(peer)!
    // One of an older term tells a leader that is none any more what a newer one may have replaced since, in the very
    // batch that wrote it: whoever elected that one had taken it in before, or did not count for the older one.
    if (index === 0 || term < view.term) return
    expectHolds(
      index < view.entries.length,
      'kept promises',
      () => `${view.name} acknowledges entry ${index} in term ${term}, and its disk ends at ${view.entries.length - 1}`,
    )
    view.acknowledged = Math.max(view.acknowledged, index)
  }

  /** An answer to a read of an earlier life must never be taken for one of this (etcd#20418). */
  #asksForIndex(peer: string, context: string): void {
    const view = this.#views.get(peer)!
    const known = view.reads.get(context)
    expectHolds(
      known === undefined || known === view.life,
      'real-time order',
      () => `${view.name} asks for an index as ${context}, as it did in an earlier life`,
    )
    view.reads.set(context, view.life)
  }

  /** Were it forgotten with a crash, late answers to it could elect somebody else with the same name. */
  #asksForVotes(peer: string, term: number): void {
    const view = this.#views.get(peer)!
    expectHolds(
      view.term > term || (view.term === term && view.vote === peer),
      'kept promises',
      () => `${view.name} asks for votes in term ${term}, and its disk holds a vote in term ${view.term}`,
    )
  }

  #votesFor(peer: string, { term, to }: Message): void {
    const view = this.#views.get(peer)!
    const given = this.#votes.get(`${peer} ${term}`)
    expectHolds(
      given === undefined || given === to,
      'election safety',
      () => `${view.name} votes for ${this.#name(given!)} and ${this.#name(to)} in term ${term}`,
    )
    this.#votes.set(`${peer} ${term}`, to)
    const isStored = view.term > term || (view.term === term && view.vote === to)
    expectHolds(
      isStored,
      'kept promises',
      () => `${view.name} votes in term ${term}, and its disk holds a vote in term ${view.term}`,
    )
  }

  #name(peer: string): string {
    return this.#names.get(peer) ?? peer
  }
}
