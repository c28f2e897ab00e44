import type { RowEffect } from './pure/applied.ts'
import type { Scheduler } from './scheduler.ts'

/** Those who want to know that some table changed, and read it by themselves. Told once for what comes together. */
export class TableListeners {
  readonly #scheduler: Scheduler
  readonly #byTable = new Map<string, Set<() => void>>()
  readonly #due = new Set<() => void>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Gives the way to end it. One function is listed once. */
  add(tables: readonly string[], listener: () => void): () => void {
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
    for (const { table } of effects) {
      for (const listener of this.#byTable.get(table) ?? []) {
        if (this.#due.size === 0) this.#scheduler.soon(() => this.#tell())
        this.#due.add(listener)
      }
    }
  }

  #tell(): void {
    const due = [...this.#due]
    this.#due.clear()
    for (const listener of due) listener()
  }
}
