import type { Snapshots } from './snapshots.ts'
import type { LogStore } from '../store/log-store.ts'

/** An answer that does not come is asked for again after so many ticks: 1 s. */
const askAgainTicks = 20

/** What `Compaction` stands on. */
export interface CompactionPorts {
  readonly store: Pick<LogStore, 'committedIndex' | 'compactionTarget' | 'compactTo' | 'firstIndex' | 'isFarTooLong'>
  readonly snapshots: Pick<Snapshots, 'heldIndex' | 'drop'>
  /** The core has applied so far; it still reads what is behind. */
  applied(): number
  /** Asks main to make its state durable up to an index. */
  syncWanted(index: number): void
}

/**
 * Cuts the log when it has grown beyond its limits: up to what the state holds durably, and no further, for what is in
 * neither of them after a loss of power is lost. So main is asked first, and only when something is to be cut.
 */
export class Compaction {
  readonly #ports: CompactionPorts
  #synced = 0
  #ticks = 0

  constructor(ports: CompactionPorts) {
    this.#ports = ports
  }

  /** A tick has passed. */
  tick(): void {
    const { store } = this.#ports
    const target = store.compactionTarget
    if (target === undefined) {
      this.#ticks = 0
      return
    }
    if (this.#synced < target && this.#ticks++ % askAgainTicks === 0) this.#ports.syncWanted(target)
    this.#cut(target)
  }

  /** Main's state is durable up to here. */
  stateSynced(index: number): void {
    this.#synced = Math.max(this.#synced, index)
    const target = this.#ports.store.compactionTarget
    if (target !== undefined) this.#cut(target)
  }

  #cut(target: number): void {
    const { snapshots, store } = this.#ports
    // A peer that gets a snapshot needs what is behind it. But a log does not grow without end for one that gets nowhere.
    if (store.isFarTooLong) snapshots.drop()
    const index = Math.min(target, this.#synced, this.#ports.applied(), store.committedIndex, snapshots.heldIndex)
    if (index >= store.firstIndex()) store.compactTo(index)
  }
}
