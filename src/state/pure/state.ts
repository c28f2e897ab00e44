import type { Entry, Transaction } from '../../gen/trivet/log/v1/log_pb.ts'
import type { Catalog } from '../catalog.ts'
import type { AnyTable } from '../table.ts'
import type { AppliedEntry, AppliedTransaction, RowEffect } from './applied.ts'
import { hexOf } from './hex.ts'
import type { Sha256 } from './hash-sum.ts'
import { HashSum } from './hash-sum.ts'
import { StateInvariantError } from './invariant.ts'
import { Outcomes } from './outcomes.ts'
import { ResidentTable } from './resident-table.ts'
import { revisionKey } from './revision-key.ts'
import { Row } from './row.ts'
import type { RowHash } from './row-hash.ts'
import { keptRowHasher, rowHasher } from './row-hash.ts'
import type { Rows } from './rows.ts'
import type { Touched } from './sightings.ts'
import { Sightings } from './sightings.ts'
import {
  isStateVersion,
  raisedVersion,
  stateVersionMax,
  stateVersionOf,
  UnknownStateVersionError,
} from './state-version.ts'

/** Where a state is: what is asserted of the next entry, and what is compared between peers. */
export interface Position {
  index: number
  term: number
  /** Number of the last proposal applied in `term`; 0 if none was. */
  number: number
  revision: number
  logTimeMs: number
  stateVersion: number
}

/**
 * The applied state. `apply` stores what the log says, in its order, and decides nothing; the same entries give the
 * same state on every peer. What does not fit throws `StateInvariantError`, and the state is not to be used any more.
 */
export class State implements Rows {
  readonly catalog: Catalog
  readonly incarnation: string
  readonly outcomes: Outcomes
  /** Over all rows. */
  readonly hash = new HashSum()
  /** Over resident rows with their index keys: what this peer has to find again on its own disk. */
  readonly residentHash = new HashSum()
  readonly #position: Position
  readonly #stateVersionMax: number
  readonly #tables = new Map<string, ResidentTable>()
  readonly #rowHash: RowHash
  readonly #keptRowHash: (table: string, row: Row) => Uint8Array

  constructor(options: {
    readonly catalog: Catalog
    readonly sha256: Sha256
    readonly incarnation: string
    readonly outcomesMax?: number
    /** The newest state version that this peer understands; that of the release if absent. */
    readonly stateVersionMax?: number
  }) {
    this.catalog = options.catalog
    this.incarnation = options.incarnation
    this.#rowHash = rowHasher(options.sha256)
    this.#keptRowHash = keptRowHasher(options.sha256)
    this.outcomes = new Outcomes(
      options.sha256,
      options.outcomesMax === undefined ? undefined : { max: options.outcomesMax },
    )
    this.#stateVersionMax = options.stateVersionMax ?? stateVersionMax
    for (const { name, kind } of options.catalog.tables) {
      if (kind === 'resident') this.#tables.set(name, new ResidentTable(name))
    }
    const stateVersion = stateVersionOf(this)
    this.#position = { index: 0, term: 0, number: 0, revision: 0, logTimeMs: 0, stateVersion }
  }

  get position(): Readonly<Position> {
    return this.#position
  }

  get revision(): number {
    return this.#position.revision
  }

  row(table: string, key: string): Row | undefined {
    return this.#resident(table).get(key)
  }

  holder(table: string, id: string): Row | undefined {
    return this.#resident(table).holder(id)
  }

  bucket(table: string, id: string): readonly Row[] {
    return this.#resident(table).bucket(id)
  }

  bucketSize(table: string, id: string): number {
    return this.#resident(table).bucketSize(id)
  }

  bucketOwner(table: string, id: string): string | undefined {
    return this.#resident(table).bucketOwner(id)
  }

  owned(table: string, owner: string): readonly Row[] {
    return this.#resident(table).owned(owner)
  }

  scan(table: string, after: string | undefined): IterableIterator<Row> {
    return this.#resident(table).scan(after)
  }

  size(table: string): number {
    return this.#resident(table).size
  }

  /** Puts back a row that was kept over a restart. */
  restoreRow(table: string, row: Row): void {
    const { key, revision, bytes } = row
    this.#resident(table).store(row)
    this.hash.add(this.#rowHash({ table, key, revision, bytes }))
    this.residentHash.add(this.#keptRowHash(table, row))
  }

  /** Puts back where it was, and the sum over all rows: archival ones stay in LevelDB, so that it can't be made anew. */
  restorePosition(position: Position, hash: Uint8Array): void {
    Object.assign(this.#position, position)
    this.hash.set(hash)
  }

  /**
   * Applies the entry at `index`; without `entry`, one that holds no transactions: a leader's first one, or a change
   * of membership.
   */
  apply(at: { readonly index: number; readonly term: number }, entry: Entry | undefined): AppliedEntry {
    const position = this.#position
    this.expect(at.index === position.index + 1, () => `entry ${at.index} follows ${position.index}`)
    this.expect(at.term >= position.term, () => `entry ${at.index} goes back from term ${position.term} to ${at.term}`)
    if (at.term !== position.term) position.number = 0
    const raised = entry && raisedVersion(entry)
    if (entry !== undefined) {
      this.#expectKnown(at.index, Math.max(entry.stateVersion, raised ?? 0))
      this.#expectInOrder(at, entry)
    }
    position.index = at.index
    position.term = at.term
    if (entry === undefined) return { ...at, number: 0, transactions: [] }
    position.number = Number(entry.number)
    const transactions = entry.transactions.map((one) => this.#applyOne(one))
    if (raised !== undefined) this.#raiseStateVersion(entry, raised)
    return { ...at, number: position.number, transactions }
  }

  /** Rule 9: all of an entry is of one state version, so what changes it ends its entry. */
  #raiseStateVersion({ transactions, stateVersion }: Entry, raised: number): void {
    const { index } = this.#position
    const isLast = transactions.at(-1)!.puts.some(isStateVersion)
    this.expect(isLast, () => `entry ${index} goes on behind a change of the state version`)
    this.expect(raised > stateVersion, () => `entry ${index} takes the state version from ${stateVersion} to ${raised}`)
    this.#position.stateVersion = raised
  }

  /** Before anything is applied: what a peer does not understand, it must not hold either. */
  #expectKnown(index: number, found: number): void {
    const known = this.#stateVersionMax
    if (found > known) throw new UnknownStateVersionError({ index, found, known })
  }

  /** Throws unless `holds`. A seam for tests, which look at what goes wrong when nothing stops it. */
  protected expect(holds: boolean, what: () => string): void {
    if (!holds) throw new StateInvariantError(what())
  }

  /** Log.md, rule 8: an entry stands on exactly what it was evaluated on. */
  #expectInOrder(at: { readonly index: number; readonly term: number }, entry: Entry): void {
    const position = this.#position
    const name = `entry ${at.index}`
    const { term, number, previous, firstRevision, stateVersion } = entry
    this.expect(
      stateVersion === position.stateVersion,
      () => `${name} is of state version ${stateVersion}, this state of ${position.stateVersion}`,
    )
    this.expect(Number(term) === at.term, () => `${name} of term ${at.term} was evaluated in term ${term}`)
    this.expect(
      Number(previous) === position.number,
      () => `${name} stands on proposal ${previous}, the last one was ${position.number}`,
    )
    this.expect(number > previous, () => `${name} is proposal ${number}, behind ${previous}`)
    this.expect(
      Number(firstRevision) === position.revision + 1,
      () => `${name} begins at revision ${firstRevision}, the state is at ${position.revision}`,
    )
    this.expect(entry.transactions.length > 0, () => `${name} holds no transaction`)
  }

  #applyOne(transaction: Transaction): AppliedTransaction {
    const position = this.#position
    const revision = position.revision + 1
    const logTimeMs = Number(transaction.logTimeMs)
    this.expect(
      logTimeMs >= position.logTimeMs,
      () => `log time goes back from ${position.logTimeMs} to ${logTimeMs} at revision ${revision}`,
    )
    const touched = this.#touchedOnce(transaction, revision)
    const sightings = new Sightings(this.catalog, this, touched)
    for (const { table, key } of touched) this.#take(table, key)
    const effects = this.#store(transaction, revision)
    const changes = sightings.changes(effects)
    position.revision = revision
    position.logTimeMs = logTimeMs
    const outcome = this.#keepOutcome(transaction, revision, logTimeMs)
    return { revision, transaction, effects, changes, outcome, evicted: this.outcomes.evict(logTimeMs) }
  }

  /** Each row once a transaction (log.md, rule 21), in a table that this release knows. */
  #touchedOnce(transaction: Transaction, revision: number): readonly Touched[] {
    const touched: Touched[] = []
    const seen = new Set<string>()
    for (const write of [...transaction.puts, ...transaction.deletes]) {
      const { table: name, key } = write
      const table = this.catalog.get(name)
      // Without the table there is nothing to go on with, so this is no seam.
      if (table === undefined) throw new StateInvariantError(`revision ${revision} writes unknown table ${name}`)
      const id = `${name}/${key}`
      this.expect(!seen.has(id), () => `revision ${revision} writes ${id} twice`)
      if (seen.has(id)) continue
      seen.add(id)
      touched.push({ table, key, owner: 'owner' in write ? write.owner : undefined })
    }
    for (const { table, key } of transaction.deletes) {
      const found = this.catalog.get(table)?.kind === 'resident' ? this.row(table, key) : undefined
      this.expect(found !== undefined, () => `revision ${revision} removes ${table}/${key}, which is not there`)
    }
    return touched
  }

  #take(table: AnyTable, key: string): void {
    const row = this.#tables.get(table.name)?.take(key)
    if (row === undefined) return
    this.hash.subtract(this.#rowHash({ table: table.name, key, revision: row.revision, bytes: row.bytes }))
    this.residentHash.subtract(this.#keptRowHash(table.name, row))
  }

  #store(transaction: Transaction, revision: number): RowEffect[] {
    const effects: RowEffect[] = []
    for (const put of transaction.puts) {
      const table = this.catalog.get(put.table)!
      const { key, unique, buckets, owner } = put
      // A copy: the bytes of the entry are a view of a much larger buffer.
      const row = new Row(table.row, { key, revision, bytes: new Uint8Array(put.value), unique, buckets, owner })
      const digest = this.#rowHash({ table: put.table, key, revision, bytes: row.bytes })
      this.hash.add(digest)
      if (table.kind === 'resident') {
        this.residentHash.add(this.#keptRowHash(put.table, row))
        this.#resident(put.table).store(row)
      } else {
        const made = key.split('/').includes(revisionKey(revision))
        this.expect(made, () => `archival row ${put.table}/${key} does not name revision ${revision}`)
      }
      effects.push({ table: put.table, key, row, hash: table.kind === 'resident' ? undefined : digest })
    }
    for (const { table, key } of transaction.deletes) effects.push({ table, key, row: undefined, hash: undefined })
    return effects
  }

  #keepOutcome(transaction: Transaction, revision: number, logTimeMs: number) {
    const { principal, requestId } = transaction
    const kept = {
      principal,
      requestId,
      digest: hexOf(transaction.requestDigest),
      revision,
      logTimeMs,
      outcome: transaction.outcome!,
    }
    const added = this.outcomes.add(kept)
    this.expect(added, () => `revision ${revision} carries out request ${requestId} again`)
    return kept
  }

  #resident(name: string): ResidentTable {
    const table = this.#tables.get(name)
    if (table === undefined) throw new StateInvariantError(`there is no resident table ${name}`)
    return table
  }
}
