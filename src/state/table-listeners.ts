import type { RowEffect } from './pure/applied.ts'
import type { Scheduler } from './scheduler.ts'

/** A row that was stored or removed. */
export interface TouchedRow {
  readonly table: string
  readonly key: string
}

/** Told once for what comes together: which rows of its tables were touched, in order. */
export type TableListener = (rows: readonly TouchedRow[]) => void

/** Those who want to know that some table changed, and read it by themselves. */
export class TableListeners {
  readonly #scheduler: Scheduler
  readonly #byTable = new Map<string, Set<TableListener>>()
  readonly #due = new Map<TableListener, TouchedRow[]>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Gives the way to end it. One function is listed once. */
  add(tables: readonly string[], listener: TableListener): () => void {
    for (const table of tables) {
      const listeners = this.#byTable.get(table) ?? new Set()
      this.#byTable.set(table, listeners.add(listener))
    }
    return () => {
      for (const table of tables) this.#byTable.get(table)?.delete(listener)
      this.#due.delete(listener)
    }
  }

  /** Rows were stored or removed. */
  touched(effects: readonly RowEffect[]): void {
    for (const { table, key } of effects) {
      for (const listener of this.#byTable.get(table) ?? []) {
        if (this.#due.size === 0) this.#scheduler.soon(() => this.#tell())
        const rows = this.#due.get(listener) ?? []
        this.#due.set(listener, rows)
        rows.push({ table, key })
      }
    }
  }

  #tell(): void {
    const due = [...this.#due]
    this.#due.clear()
    for (const [listener, rows] of due) listener(rows)
  }
}
