import { fromBinary } from '@bufbuild/protobuf'
import type { Entry, Transaction } from '../../../src/gen/trivet/log/v1/log_pb.ts'
import { EntrySchema } from '../../../src/gen/trivet/log/v1/log_pb.ts'
import { BoxRowSchema, ShelfRowSchema } from '../../../src/gen/trivet/testing/v1/testing_pb.ts'
import { rowHasher } from '../../../src/state/pure/row-hash.ts'
import { sha256 } from '../../../src/state/sha256.ts'
import { colourIn } from '../clients/operation.ts'
import type { Call } from './call.ts'
import type { ShelfModel } from './shelf-model.ts'
import { expectHolds } from './violation.ts'

const digestOf = rowHasher(sha256)

/** How much faster than the world log time may run: clocks drift, and a new leader rounds. */
const logTimeRateMax = 1.06
const logTimeSlackMs = 2_000

/**
 * Replays the committed log once, on a plain model: every transaction stands on exactly what it was evaluated on, is
 * what its request asked for, and is carried out once.
 */
export class TransactionOracle {
  readonly #model: ShelfModel
  readonly #calls: ReadonlyMap<string, Call>
  readonly #requestOf: string[] = ['']
  readonly #nowMs: () => number
  readonly #notes: { readonly revision: number; readonly digest: Uint8Array }[] = []
  #term = 0
  #number = 0
  #logTime: { readonly firstMs: number; lastMs: number } | undefined

  constructor(options: {
    readonly model: ShelfModel
    readonly calls: ReadonlyMap<string, Call>
    readonly nowMs: () => number
  }) {
    this.#model = options.model
    this.#calls = options.calls
    this.#nowMs = options.nowMs
  }

  /** The state version in force. */
  get stateVersion(): number {
    return this.#model.stateVersionAt(this.#model.revision)
  }

  /** That of the last transaction; 0 before the first. */
  get logTimeMs(): number {
    return this.#logTime?.lastMs ?? 0
  }

  get revision(): number {
    return this.#model.revision
  }

  /** Digests of archival rows that were made up to a revision: what is not in memory counts in the state hash, too. */
  archivalDigests(revision: number): readonly Uint8Array[] {
    return this.#notes.filter((note) => note.revision <= revision).map(({ digest }) => digest)
  }

  /** The request that a revision carried out. */
  requestOf(revision: number): string {
    return this.#requestOf[revision] ?? ''
  }

  /** The next committed entry. */
  commits(index: number, term: number, data: Uint8Array): void {
    if (term !== this.#term) this.#number = 0
    this.#term = term
    if (data.length === 0) return
    const entry = fromBinary(EntrySchema, data)
    this.#expectInOrder(index, term, entry)
    this.#number = Number(entry.number)
    for (const transaction of entry.transactions) {
      expectHolds(
        entry.stateVersion === this.stateVersion,
        'primary order',
        () => `entry ${index} of state version ${entry.stateVersion} goes on behind what raised it`,
      )
      this.#carryOut(transaction)
    }
  }

  #expectInOrder(index: number, term: number, entry: Entry): void {
    const { revision } = this.#model
    const facts = () =>
      `entry ${index} of term ${term}, proposal ${entry.number} behind ${entry.previous} of term ${entry.term} ` +
      `from revision ${entry.firstRevision} on, follows proposal ${this.#number} and revision ${revision}`
    expectHolds(Number(entry.term) === term, 'primary order', facts)
    expectHolds(Number(entry.firstRevision) === revision + 1, 'primary order', facts)
    expectHolds(Number(entry.previous) === this.#number, 'primary order', facts)
    expectHolds(Number(entry.number) > this.#number, 'primary order', facts)
    expectHolds(entry.transactions.length > 0, 'primary order', facts)
  }

  #carryOut(transaction: Transaction): void {
    const { requestId } = transaction
    const call = this.#calls.get(requestId)
    const revision = this.#model.revision + 1
    const isDone = transaction.outcome?.code === ''
    expectHolds(call !== undefined, 'right results', () => `revision ${revision} is of a request that nobody made`)
    expectHolds(
      call.revision === undefined,
      'exactly once',
      () => `revision ${revision} carries out request ${requestId} again, after revision ${call.revision}`,
    )
    const { operation, result } = call
    const name = `revision ${revision} (${operation.kind} ${operation.name})`
    const isAllowed = this.#model.allows(operation, revision - 1)
    if (isDone) {
      expectHolds(isAllowed, 'right results', () => `${name} is carried out on a state that refuses it`)
      expectHolds(
        result?.kind !== 'refused' && result?.kind !== 'turned_away',
        'exactly once',
        () => `${name} is carried out, and its client was told that it was not`,
      )
    } else expectHolds(!isAllowed, 'right results', () => `${name} is refused on a state that allows it`)
    this.#keepsTime(transaction, name)
    call.revision = revision
    this.#model.advance(isDone ? operation : undefined)
    this.#requestOf.push(requestId)
    if (isDone) this.#expectRows(call, transaction, name)
    else {
      const rows = transaction.puts.length + transaction.deletes.length
      expectHolds(rows === 0, 'right results', () => `${name} is refused, and changes rows`)
    }
  }

  /** Rule 4: log time never goes back, and no wall clock makes it jump. */
  #keepsTime({ logTimeMs }: Transaction, name: string): void {
    const timeMs = Number(logTimeMs)
    const nowMs = this.#nowMs()
    this.#logTime ??= { firstMs: timeMs, lastMs: timeMs }
    const { firstMs, lastMs } = this.#logTime
    const passedMs = nowMs * logTimeRateMax + logTimeSlackMs
    expectHolds(timeMs >= lastMs, 'log time', () => `at ${name} log time goes back by ${lastMs - timeMs} ms`)
    expectHolds(
      timeMs - firstMs <= passedMs,
      'log time',
      () => `at ${name} log time has run ${timeMs - firstMs} ms, and the world ${nowMs} ms`,
    )
    this.#logTime.lastMs = timeMs
  }

  #expectRows({ operation }: Call, { puts, deletes }: Transaction, name: string): void {
    const { revision } = this.#model
    const counts = { create: 1, bump: 1, rename: 1, pack: 1, drop: 0, note: 1, raise: 1 }
    const before = this.#model.at(operation.name, revision - 1)
    const removed = operation.kind === 'drop' ? 1 + (before?.boxes ?? 0) : 0
    expectHolds(
      puts.length === counts[operation.kind] && deletes.length === removed,
      'right results',
      () => `${name} stores ${puts.length} rows and removes ${deletes.length}`,
    )
    const [put] = puts
    if (put?.table === 'note') {
      const { table, key, value: bytes } = put
      this.#notes.push({ revision, digest: digestOf({ table, key, revision, bytes }).slice() })
    }
    if (put?.table === 'box') {
      const { colour } = fromBinary(BoxRowSchema, put.value)
      const expected = colourIn(this.#model.stateVersionAt(revision))
      expectHolds(colour === expected, 'right results', () => `${name} stores a ${colour} box, not a ${expected} one`)
    }
    if (put?.table !== 'shelf') return
    const row = fromBinary(ShelfRowSchema, put.value)
    const expected = this.#model.at(row.name, revision)
    const wanted = operation.kind === 'rename' ? operation.other : operation.name
    expectHolds(
      row.name === wanted && Number(row.counter) === expected?.counter,
      'right results',
      () => `${name} stores ${row.name} with ${row.counter}, not ${wanted} with ${expected?.counter}`,
    )
  }
}
