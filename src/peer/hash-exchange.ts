import type { MessageInitShape } from '@bufbuild/protobuf'
import type { StateHashes, StateHashSchema } from '../gen/trivet/peer/v1/peer_pb.ts'
import { hashesKept } from '../state/limits.ts'
import type { StateHash } from '../state/state-hashes.ts'
import type { Agreement, Report } from './state-agreement.ts'
import { judge } from './state-agreement.ts'

/** A peer that votes. */
export interface Voter {
  readonly id: string
  readonly name: string
}

/** What the exchange stands on. */
export interface HashExchangePorts {
  readonly self: string
  /** All voters, this peer among them. */
  readonly voters: readonly Voter[]
  /** The state hashes of this peer at round indexes, ascending. */
  readonly own: () => readonly StateHash[]
  /** Sends to another peer, at most once. */
  readonly send: (to: string, hashes: readonly MessageInitShape<typeof StateHashSchema>[]) => void
  /** A majority has another state than this peer. Called at most once; nothing is exchanged any more. */
  readonly onOutvoted: (reason: string) => void
  /** The reason why nothing may be written now; '' when there is none any more. */
  readonly onDisputed: (reason: string) => void
  /** Calls `listener` after `ms`; gives the way to prevent it. */
  readonly after: (ms: number, listener: () => void) => () => void
}

/** A peer that is a little behind settles a difference by its word: writes stop if nobody has for so long. */
const settleMs = 2_000

/**
 * Compares this peer's state with that of the others at equal indexes (architecture.md, "One hash tells whether peers
 * agree"): each tells all others its hash at every round index, and whoever connects gets those that are kept.
 */
export class HashExchange {
  readonly #ports: HashExchangePorts
  readonly #others: ReadonlyMap<string, Map<number, StateHash>>
  #isOver = false
  #dispute = ''
  /** What was told last. */
  #told = ''
  #cancelTelling: (() => void) | undefined

  constructor(ports: HashExchangePorts) {
    this.#ports = ports
    const others = ports.voters.filter(({ id }) => id !== ports.self)
    this.#others = new Map(others.map(({ id }) => [id, new Map()]))
  }

  /** This peer has applied a round index. */
  round(): void {
    const newest = this.#ports.own().at(-1)
    if (this.#isOver || newest === undefined) return
    for (const peer of this.#others.keys()) this.#ports.send(peer, [messageOf(newest)])
    this.#judge()
  }

  /** A peer is there, or there again: what was sent to it before may be lost. */
  connected(peer: string): void {
    const kept = this.#ports.own()
    if (!this.#isOver && kept.length > 0) this.#ports.send(peer, kept.map(messageOf))
  }

  /** Another peer says what it has. */
  received(from: string, { hashes }: StateHashes): void {
    const known = this.#others.get(from)
    if (this.#isOver || known === undefined) return
    for (const message of hashes) known.set(Number(message.index), hashOf(message))
    for (const index of [...known.keys()].sort((a, b) => b - a).slice(hashesKept)) known.delete(index)
    this.#judge()
  }

  /** Nothing is compared any more. */
  stop(): void {
    this.#isOver = true
    this.#cancelTelling?.()
  }

  /** The newest index about which something can be said decides, except that nobody is forgiven to have been wrong. */
  #judge(): void {
    const verdicts = this.#ports
      .own()
      .map((own) => ({ own, agreement: this.#agreementAt(own) }))
      .filter(({ agreement }) => agreement.kind !== 'open')
    for (const { own, agreement } of verdicts) {
      if (agreement.kind !== 'outvoted') continue
      this.stop()
      return this.#ports.onOutvoted(
        `its state at index ${own.index} (hash ${own.hash}, revision ${own.revision}) is not the one of ` +
          `${this.#names(agreement.majority)}, who agree`,
      )
    }
    const last = verdicts.at(-1)
    if (last === undefined) return
    this.#say(last.agreement.kind === 'disputed' ? this.#disputeOf(last.own.index, last.agreement.groups) : '')
  }

  #say(dispute: string): void {
    this.#dispute = dispute
    // What is settled, and what is said about a dispute that is known, is said at once.
    if (dispute === '' || this.#told !== '') return this.#tell()
    this.#cancelTelling ??= this.#ports.after(settleMs, () => this.#tell())
  }

  #tell(): void {
    this.#cancelTelling?.()
    this.#cancelTelling = undefined
    if (this.#dispute === this.#told) return
    this.#told = this.#dispute
    this.#ports.onDisputed(this.#dispute)
  }

  #agreementAt(own: StateHash): Agreement {
    const reports: Report[] = [{ peer: this.#ports.self, hash: own }]
    for (const [peer, known] of this.#others) {
      const hash = known.get(own.index)
      if (hash !== undefined) reports.push({ peer, hash })
    }
    return judge(reports, { count: this.#ports.voters.length, self: this.#ports.self })
  }

  #disputeOf(index: number, groups: readonly (readonly string[])[]): string {
    const differing = groups.map((group) => this.#names(group)).sort()
    return `at index ${index} the states of ${differing.join('; of ')} differ, and no majority agrees`
  }

  #names(ids: readonly string[]): string {
    const { voters } = this.#ports
    return ids
      .map((id) => voters.find((voter) => voter.id === id)?.name ?? id)
      .sort()
      .join(', ')
  }
}

function messageOf(hash: StateHash) {
  return {
    index: BigInt(hash.index),
    hash: hash.hash,
    revision: BigInt(hash.revision),
    logTimeMs: BigInt(hash.logTimeMs),
    floor: hash.floor,
    stateVersion: hash.stateVersion,
  }
}

function hashOf(message: StateHashes['hashes'][number]): StateHash {
  const { hash, floor, stateVersion } = message
  const [index, revision, logTimeMs] = [message.index, message.revision, message.logTimeMs].map(Number)
  return { index: index!, hash, revision: revision!, logTimeMs: logTimeMs!, floor, stateVersion }
}
