import type { Entry, PeerId } from '../types.ts'
import { emptyModelConf, isModelQuorum, modelAfter, modelText, type ModelConf } from './conf-model.ts'
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
  /** The configuration once everything up to this index is applied. */
  readonly #confs: ModelConf[] = [emptyModelConf]
  /** How far each peer had applied when it was looked at last. */
  readonly #appliedOf = new Map<PeerId, number>()
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
      this.#record(peer.view[index - 1]!, term)
    }
    this.#appliedOf.set(id, peer.applied.length)
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
    if (turn.append?.snapshot === undefined) this.#counts(peer)
    this.#commitOf.set(peer.id, commit)
    this.#termOf.set(peer.id, term)
    this.#appliedOf.set(peer.id, peer.applied.length)
  }

  applied(peer: SimPeer, entry: Entry): void {
    const known = this.#committed[entry.index]
    check(known !== undefined && same(known.entry, entry), `peer ${peer.id} applied something else at ${entry.index}`)
    const onDisk = peer.stored(entry.index)
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
    this.#record(entry, term)
    const holders = [...this.#peers.values()].filter((other) => {
      const stored = other.stored(index)
      return stored !== undefined && same(stored, entry)
    })
    const ids = new Set(holders.map(({ id }) => id))
    // A change of the configuration may have been applied between the commit and this look at it.
    const counted = this.#confs.slice(this.#appliedOf.get(peer.id) ?? 0, peer.applied.length + 1)
    check(
      counted.some((conf) => isModelQuorum(conf, ids)),
      `${index} is committed, but only the disks of ${[...ids].join(' ')} hold it`,
    )
  }

  #record(entry: Entry, inTerm: number): void {
    check(entry.index === this.#committed.length, 'entries are committed one after another')
    this.#committed.push({ entry, inTerm })
    const before = this.#confs.at(-1)!
    this.#confs.push(entry.type === 'conf_change' ? modelAfter(before, entry) : before)
  }

  /** A peer counts by the configuration of what it has applied, and by no other. */
  #counts(peer: SimPeer): void {
    if (peer.writes.some((write) => write.snapshot !== undefined)) return
    const { voters, votersOutgoing, learners, learnersNext } = peer.status.confState
    const own = {
      voters: new Set(voters),
      outgoing: new Set(votersOutgoing),
      learners: new Set(learners),
      next: new Set(learnersNext),
    }
    const expected = this.#confs[peer.applied.length]
    check(
      expected !== undefined && modelText(own) === modelText(expected),
      `peer ${peer.id} counts by ${modelText(own)} after ${peer.applied.length}`,
    )
  }
}

function same(one: Entry, other: Entry): boolean {
  return one.term === other.term && one.type === other.type && String(one.data) === String(other.data)
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(`unsafe: ${message}`)
}
