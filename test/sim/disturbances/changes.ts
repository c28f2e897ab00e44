import type { MembershipChange } from '../../../src/raft/store/conf-change-entry.ts'
import { recordKeys } from '../../../src/raft/store/keys.ts'
import { decodeHardState } from '../../../src/raft/store/records.ts'
import type { Membership } from '../oracle/membership-model.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import { logOf } from './damaged-disk.ts'

/** The key of the hard state as a disk names it. */
const hardStateKey = Buffer.from(recordKeys.hardState).toString('latin1')

/** A change that somebody was asked for, and of which nobody knows yet whether it is in force. */
interface Pending {
  readonly by: SimPeer
  /** Who votes when it is. */
  readonly voters: readonly string[]
  /** Where it stands in the log, of which term; known once it was answered. */
  at: { readonly index: number; readonly term: number } | undefined
  /** It was not answered, and can't be in the log in a later term than this. */
  lastTerm: number
}

/** What is known of the log from outside. */
export interface LogFacts {
  readonly membership: Membership
  readonly previousMembership: Membership
  readonly committed: number
  /** Of the last committed entry. */
  readonly committedTerm: number
}

/** The changes of membership that operators ask for, and all that may come of them. */
export class Changes {
  readonly #log: () => LogFacts
  readonly #peers: readonly SimPeer[]
  #pending: Pending[] = []

  constructor(log: () => LogFacts, peers: readonly SimPeer[]) {
    this.#log = log
    this.#peers = peers
  }

  get membership(): Membership {
    return this.#log().membership
  }

  /** Every set of voters that counts now, or may count without anybody asking again. */
  get voterSets(): readonly (readonly string[])[] {
    this.#pending = this.#pending.filter((pending) => !this.#isDecided(pending))
    const counting = this.#isKnownToAll() ? [this.membership] : [this.membership, this.#log().previousMembership]
    const sets = counting.flatMap(({ voters, outgoing }) => [voters, outgoing])
    return [...sets, ...this.#pending.map((pending) => pending.voters)].filter((set) => set.length > 0)
  }

  /** Every voter would find on its disk that the last change is committed; who would not counts by the one before. */
  #isKnownToAll(): boolean {
    const { index, voters } = this.membership
    return voters.every((id) => storedCommitOf(this.#peers.find((peer) => peer.id === id)!) >= index)
  }

  /** Asks a peer, which may lead no more by the time it hears of it. */
  ask(by: SimPeer, change: MembershipChange, voters: readonly string[]): void {
    const { process } = by
    if (process === undefined) return
    const pending: Pending = { by, voters, at: undefined, lastTerm: Infinity }
    this.#pending.push(pending)
    process.main.take(() => {
      if (process.member === undefined) return this.#refused(pending)
      void process.member.proposeConfChange(plain(change)).then((answer) => {
        by.world.trace.note(by.name, 'is asked for a change of membership', answer.ok ? answer.index : answer.reason)
        if (answer.ok) pending.at = answer
        else if (answer.reason !== 'stopped') this.#refused(pending)
      })
    })
  }

  /** A process has ended: what it has not answered it does not append any more. */
  ended(by: SimPeer): void {
    for (const pending of this.#pending) {
      if (pending.by === by && pending.at === undefined) pending.lastTerm = Math.min(pending.lastTerm, by.term)
    }
  }

  #refused(pending: Pending): void {
    this.#pending = this.#pending.filter((one) => one !== pending)
  }

  /** It is in force, or something else is committed in its place, or a later leader is without it for good. */
  #isDecided({ at, lastTerm }: Pending): boolean {
    const { committed, committedTerm } = this.#log()
    return committed >= (at?.index ?? Infinity) || committedTerm > (at?.term ?? lastTerm)
  }
}

/** How far the log on its disk says that it is committed. */
function storedCommitOf({ disk }: SimPeer): number {
  const record = logOf(disk)?.get(hardStateKey)
  return (record && decodeHardState(record))?.commit ?? 0
}

/** Of machines only what crosses to the other thread. */
function plain({ transition, steps }: MembershipChange): MembershipChange {
  return {
    transition,
    steps: steps.map(({ kind, peer: { id, name, address } }) => ({ kind, peer: { id, name, address } })),
  }
}
