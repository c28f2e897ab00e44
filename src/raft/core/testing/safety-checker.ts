import type { Entry, PeerId } from '../types.ts'
import type { SimPeer, Turn } from './sim-peer.ts'

interface Committed {
  readonly entry: Entry
  /** The term in which a peer first knew it to be committed: leaders of later terms hold it. */
  readonly inTerm: number
}

/**
 * The properties of the thesis (Fig. 3.2), checked on everything that simulated peers do. It looks from outside, at what
 * they write, apply and say, and so also bites when the assertions in the core do not.
 */
export class SafetyChecker {
  readonly #peers: ReadonlyMap<PeerId, SimPeer>
  readonly #leaders = new Map<number, PeerId>()
  /** Every entry that was ever in a log, with the term of the one before it, by index and term. */
  readonly #entries = new Map<string, string>()
  /** By index; nothing has index 0. */
  readonly #committed: (Committed | undefined)[] = [undefined]
  readonly #commitOf = new Map<PeerId, number>()
  readonly #termOf = new Map<PeerId, number>()

  constructor(peers: ReadonlyMap<PeerId, SimPeer>) {
    this.#peers = peers
  }

  /** The highest index that some peer knows to be committed. */
  get committed(): number {
    return this.#committed.length - 1
  }

  started(id: PeerId): void {
    const peer = this.#peers.get(id)!
    const { commit, term } = peer.status
    for (const entry of peer.view) this.#registers(peer, entry)
    for (let index = this.committed + 1; index <= commit; index++) {
      this.#committed[index] = { entry: peer.view[index - 1]!, inTerm: term }
    }
    this.#commitOf.set(id, commit)
    this.#termOf.set(id, term)
  }

  afterTurn(peer: SimPeer, turn: Turn): void {
    const { term, commit, role, lastIndex } = peer.status
    check(term >= (this.#termOf.get(peer.id) ?? 0), `the term of peer ${peer.id} went back`)
    check(commit >= (this.#commitOf.get(peer.id) ?? 0), `the commit index of peer ${peer.id} went back`)
    check(lastIndex === peer.view.length, `peer ${peer.id} holds entries that it did not ask to write`)
    for (const entry of turn.append?.entries ?? []) this.#registers(peer, entry)
    if (role === 'leader') this.#leads(peer, term)
    for (let index = (this.#commitOf.get(peer.id) ?? 0) + 1; index <= commit; index++) this.#commits(peer, index, term)
    this.#commitOf.set(peer.id, commit)
    this.#termOf.set(peer.id, term)
  }

  applied(peer: SimPeer, entry: Entry): void {
    const known = this.#committed[entry.index]
    check(known !== undefined && same(known.entry, entry), `peer ${peer.id} applied something else at ${entry.index}`)
    const onDisk = peer.diskEntries()[entry.index - 1]
    check(onDisk !== undefined && same(onDisk, entry), `peer ${peer.id} applied ${entry.index} before it was durable`)
  }

  /** An entry is known by its index and term, and brings all before it with it (Log Matching). */
  #registers(peer: SimPeer, entry: Entry): void {
    const previous = peer.view[entry.index - 2]?.term ?? 0
    const key = `${entry.index}/${entry.term}`
    const value = `${previous} ${entry.type} ${String(entry.data)}`
    check((this.#entries.get(key) ?? value) === value, `two entries are called ${key}`)
    this.#entries.set(key, value)
  }

  #leads(peer: SimPeer, term: number): void {
    const known = this.#leaders.get(term)
    check(known === undefined || known === peer.id, `peers ${known} and ${peer.id} both lead term ${term}`)
    if (known !== undefined) return
    this.#leaders.set(term, peer.id)
    for (const [index, committed] of this.#committed.entries()) {
      if (committed === undefined || committed.inTerm >= term) continue
      const own = peer.view[index - 1]
      check(
        own !== undefined && same(own, committed.entry),
        `leader ${peer.id} of term ${term} lacks committed ${index}`,
      )
    }
  }

  #commits(peer: SimPeer, index: number, term: number): void {
    const entry = peer.view[index - 1]
    check(entry !== undefined, `peer ${peer.id} commits ${index}, which it does not hold`)
    const known = this.#committed[index]
    if (known !== undefined) {
      check(same(known.entry, entry), `two entries are committed at ${index}`)
      return
    }
    this.#committed[index] = { entry, inTerm: term }
    const holders = [...this.#peers.values()].filter((other) => {
      const stored = other.diskEntries()[index - 1]
      return stored !== undefined && same(stored, entry)
    })
    check(holders.length > this.#peers.size / 2, `${index} is committed, but only ${holders.length} disks hold it`)
  }
}

function same(one: Entry, other: Entry): boolean {
  return one.term === other.term && one.type === other.type && String(one.data) === String(other.data)
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`unsafe: ${message}`)
}
