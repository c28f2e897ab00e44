import type { SnapshotMetadata } from '../core/types.ts'
import { confStateOf } from '../store/configuration.ts'
import type { LogStore } from '../store/log-store.ts'
import { snapshotKeptTicks, snapshotRetryTicks, snapshotWantedTicks } from './limits.ts'
import type { MadeSnapshot } from './port.ts'

/** What a `SnapshotShelf` stands on. */
export interface SnapshotShelfPorts {
  readonly store: Pick<LogStore, 'firstIndex' | 'lastIndex' | 'configurationAt'>
  /** Asks main to make one. */
  wanted(): void
  /** Nobody needs it any more. */
  unused(id: string): void
}

/** The one snapshot that this peer has for others. Main makes it when somebody needs one, and not before. */
export class SnapshotShelf {
  readonly #ports: SnapshotShelfPorts
  #made: MadeSnapshot | undefined
  /** Ticks until main is asked again; 0 if it may be asked. */
  #askedTicks = 0
  #unusedTicks = 0

  constructor(ports: SnapshotShelfPorts) {
    this.#ports = ports
  }

  /** What can be sent; it is not older than the beginning of the log. */
  get made(): MadeSnapshot | undefined {
    return this.#made
  }

  /** The log must keep what is behind this entry: a peer that gets the snapshot goes on from there. */
  get heldIndex(): number {
    return this.#made?.index ?? Infinity
  }

  /** What the core asks for. Asks main for one where there is none. */
  metadata(): SnapshotMetadata | undefined {
    const { store } = this.#ports
    if (this.#made !== undefined && this.#made.index < store.firstIndex() - 1) this.drop()
    if (this.#made !== undefined) {
      const { index, term } = this.#made
      return { index, term, confState: confStateOf(store.configurationAt(index)) }
    }
    if (this.#askedTicks === 0) {
      this.#askedTicks = snapshotWantedTicks
      this.#ports.wanted()
    }
    return undefined
  }

  /** Main has made one, or could not. */
  put(made: MadeSnapshot | undefined): void {
    // What could not be made now, can be soon: not at once.
    this.#askedTicks = made === undefined ? snapshotRetryTicks : 0
    if (made === undefined) return
    this.drop()
    const { store } = this.#ports
    if (made.index < store.firstIndex() - 1 || made.index > store.lastIndex()) return this.#ports.unused(made.id)
    this.#made = made
    this.#unusedTicks = 0
  }

  /** `isNeeded`: somebody has not got what it holds. Who is down may come back for it, but not for ever. */
  tick(use: { readonly isInUse: boolean; readonly isNeeded: boolean }): void {
    if (this.#askedTicks > 0) this.#askedTicks--
    if (this.#made === undefined) return
    this.#unusedTicks = use.isInUse ? 0 : this.#unusedTicks + 1
    if (!use.isNeeded || this.#unusedTicks >= snapshotKeptTicks) this.drop()
  }

  drop(): void {
    const made = this.#made
    this.#made = undefined
    if (made !== undefined) this.#ports.unused(made.id)
  }
}
