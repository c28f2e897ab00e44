import { Fifo } from './fifo.ts'
import { OverlayTable } from './overlay-table.ts'
import type { Row } from './row.ts'
import type { Rows } from './rows.ts'

/** One row that a pending transaction stores or, without `row`, removes. */
export interface PendingWrite {
  readonly table: string
  readonly key: string
  readonly row: Row | undefined
}

/** A transaction that was evaluated and is not applied yet. */
interface Pending {
  readonly revision: number
  readonly writes: readonly PendingWrite[]
}

/** Applied state, as far as the overlay looks at it. */
export interface OverlayBase extends Rows {
  readonly revision: number
}

/**
 * A leader's own pending transactions over applied state: what the next request is evaluated on (log.md, rule 3).
 * They leave it at the front, when they are applied, or at the back, when a proposal is refused.
 */
export class Overlay implements Rows {
  readonly #base: OverlayBase
  #pending = new Fifo<Pending>()
  readonly #tables = new Map<string, OverlayTable>()

  constructor(base: OverlayBase) {
    this.#base = base
  }

  /** Revision of the last transaction seen through the overlay. */
  get revision(): number {
    return this.#pending.at(this.#pending.length - 1)?.revision ?? this.#base.revision
  }

  /** How many transactions are pending. */
  get length(): number {
    return this.#pending.length
  }

  /** Lays the next transaction on top; it gets the revision behind the present one. Archival rows are left out. */
  push(writes: readonly PendingWrite[]): void {
    const revision = this.revision + 1
    this.#pending.push({ revision, writes })
    for (const { table, key, row } of writes) {
      let found = this.#tables.get(table)
      if (found === undefined) this.#tables.set(table, (found = new OverlayTable(table, this.#base)))
      found.push(revision, key, row)
    }
  }

  /** Forgets the transactions up to this revision: applied state has them now. */
  applied(revision: number): void {
    while ((this.#pending.peek()?.revision ?? Infinity) <= revision) this.#forget(this.#pending.shift()!)
  }

  /** Drops the transactions from this revision on: they were not appended. */
  drop(fromRevision: number): void {
    for (;;) {
      const last = this.#pending.at(this.#pending.length - 1)
      if (last === undefined || last.revision < fromRevision) return
      this.#forget(this.#pending.pop()!)
    }
  }

  /** Drops everything: leadership began or ended (log.md, rule 1). */
  clear(): void {
    this.#pending = new Fifo()
    this.#tables.clear()
  }

  row(table: string, key: string): Row | undefined {
    const over = this.#over(table)
    return over ? over.row(key) : this.#base.row(table, key)
  }

  holder(table: string, id: string): Row | undefined {
    const over = this.#over(table)
    return over ? over.holder(id) : this.#base.holder(table, id)
  }

  bucket(table: string, id: string): readonly Row[] {
    const over = this.#over(table)
    return over ? over.bucket(id) : this.#base.bucket(table, id)
  }

  bucketSize(table: string, id: string): number {
    const over = this.#over(table)
    return over ? over.bucketSize(id) : this.#base.bucketSize(table, id)
  }

  bucketOwner(table: string, id: string): string | undefined {
    const over = this.#over(table)
    return over ? over.bucketOwner(id) : this.#base.bucketOwner(table, id)
  }

  owned(table: string, owner: string): readonly Row[] {
    const over = this.#over(table)
    return over ? over.owned(owner) : this.#base.owned(table, owner)
  }

  scan(table: string, after: string | undefined): IterableIterator<Row> {
    const over = this.#over(table)
    return over ? over.scan(after) : this.#base.scan(table, after)
  }

  size(table: string): number {
    const over = this.#over(table)
    return over ? over.size() : this.#base.size(table)
  }

  #over(table: string): OverlayTable | undefined {
    return this.#tables.get(table)
  }

  #forget({ revision, writes }: Pending): void {
    for (const { table, key } of writes) {
      const over = this.#tables.get(table)!
      over.forget(revision, key)
      if (over.isEmpty) this.#tables.delete(table)
    }
  }
}
