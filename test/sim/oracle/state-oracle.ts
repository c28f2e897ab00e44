import type { Replica } from '../../../src/state/replica.ts'
import { HashSum } from '../../../src/state/pure/hash-sum.ts'
import { rowHasher } from '../../../src/state/pure/row-hash.ts'
import { sha256 } from '../../../src/state/sha256.ts'
import { boxes, shelves, testCatalog } from '../../../src/state/testing/tables.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { ShelfModel } from './shelf-model.ts'
import type { TransactionOracle } from './transaction-oracle.ts'
import { expectHolds } from './violation.ts'

const digestOf = rowHasher(sha256)

/** What every peer must have at an index. */
interface Known {
  readonly hash: string
  readonly by: string
}

/** Rows of a peer are compared one by one with the model after so many changes of its state. */
const fullLookEvery = 64

/** Peers that have applied the same entries have the same state, and it is the one that the model has. */
export class StateOracle {
  readonly #known = new Map<number, Known>()
  readonly #seen = new Map<string, { readonly replica: Replica; index: number; looks: number }>()
  readonly #model: ShelfModel
  readonly #transactions: TransactionOracle

  constructor(model: ShelfModel, transactions: TransactionOracle) {
    this.#model = model
    this.#transactions = transactions
  }

  /** Called after every tick. */
  look(peer: SimPeer): void {
    const replica = peer.isSound ? peer.process?.replica : undefined
    if (replica === undefined) return
    let seen = this.#seen.get(peer.name)
    if (seen?.replica !== replica) this.#seen.set(peer.name, (seen = { replica, index: -1, looks: 0 }))
    const index = replica.appliedIndex
    if (index === seen.index) return
    expectHolds(index > seen.index, 'equal state', () => `${peer.name} goes back from entry ${seen.index} to ${index}`)
    seen.index = index
    this.#compareHash(peer, replica)
    if (seen.looks++ % fullLookEvery === 0) this.compareRows(peer)
  }

  /** Compares every row with the model. */
  compareRows(peer: SimPeer): void {
    const reader = peer.process!.replica!.reader()
    const { revision } = reader
    let count = 0
    for (const { key, value } of reader.all(shelves)) {
      count++
      const expected = this.#model.at(value.name, revision)
      const found = { counter: Number(value.counter), boxes: reader.count(boxes, 'shelf', key) }
      expectHolds(
        expected?.counter === found.counter && expected.boxes === found.boxes,
        'equal state',
        () => `${peer.name} has ${value.name} as ${JSON.stringify(found)}: it is ${JSON.stringify(expected)}`,
      )
    }
    this.#compareSum(peer, revision)
    let expectedCount = 0
    for (const name of this.#model.names) if (this.#model.at(name, revision) !== undefined) expectedCount++
    expectHolds(
      count === expectedCount && reader.count(shelves, 'label', 'any') === count,
      'equal state',
      () =>
        `${peer.name} has ${count} shelves, ${reader.count(shelves, 'label', 'any')} of them labelled, not ${expectedCount}`,
    )
  }

  /** The state hash is the sum over what there is: an error that all peers make alike would not show otherwise. */
  #compareSum(peer: SimPeer, revision: number): void {
    const sum = new HashSum()
    const { state, replica } = peer.process!
    for (const { name: table, kind } of testCatalog.tables) {
      if (kind !== 'resident') continue
      for (const row of state!.scan(table, undefined)) {
        sum.add(digestOf({ table, key: row.key, revision: row.revision, bytes: row.bytes }))
      }
    }
    for (const digest of this.#transactions.archivalDigests(revision)) sum.add(digest)
    const { hash } = replica!.hash()
    expectHolds(
      sum.toString() === hash,
      'equal state',
      () => `${peer.name} has the state hash ${hash} at revision ${revision}, and its rows sum up to ${sum.toString()}`,
    )
  }

  #compareHash(peer: SimPeer, replica: Replica): void {
    const outcomes = peer.process!.state!.outcomes.hash.toString()
    const { index, hash, revision, logTimeMs, floor, stateVersion } = replica.hash()
    const text = `${hash} ${outcomes} ${revision} ${logTimeMs} ${floor} ${stateVersion}`
    const known = this.#known.get(index)
    if (known === undefined) this.#known.set(index, { hash: text, by: peer.name })
    else {
      expectHolds(
        known.hash === text,
        'equal state',
        () => `at entry ${index} ${peer.name} has state ${text}, and ${known.by} ${known.hash}`,
      )
    }
  }
}
