import { silentDiskTicks, storageStallTicks, tickMs } from './limits.ts'

/** `silent`: a leader with this disk had better be somebody else. `dead`: this process has to end. */
export type DiskState = 'works' | 'silent' | 'dead'

/**
 * Whether the disk takes what is written. Counts ticks, not time: a process that was stopped for a minute has not waited
 * for its disk for a minute.
 */
export class DiskWatch {
  static readonly deadAfterS = (storageStallTicks * tickMs) / 1000
  #syncs = 0
  #ticks = 0

  tick(store: { readonly busy: boolean; readonly syncs: number }): DiskState {
    const isStuck = store.busy && store.syncs === this.#syncs
    this.#syncs = store.syncs
    this.#ticks = isStuck ? this.#ticks + 1 : 0
    if (this.#ticks >= storageStallTicks) return 'dead'
    return this.#ticks >= silentDiskTicks ? 'silent' : 'works'
  }
}
