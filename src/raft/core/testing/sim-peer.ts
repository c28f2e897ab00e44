import { createCore } from '../core.ts'
import { MemoryLog } from '../memory-log.ts'
import { localAppend, localApply, type PeerId } from '../types.ts'
import type { Config, Entry, HardState, Message, RawNode, Ready, SnapshotMetadata, Status } from '../types.ts'
import { confChangeOfEntry } from './conf-text.ts'

/** What a simulated peer did when it was asked what is to be done. */
export interface Turn {
  readonly ready: Ready
  /** Messages that leave now. */
  readonly sent: readonly Message[]
  readonly append: Message | undefined
  readonly apply: Message | undefined
}

/**
 * One peer on a simulated disk: writes wait in a queue until `sync`, committed entries until `apply`, so that a test
 * decides in which order things become durable and what a crash loses.
 */
export class SimPeer {
  readonly id: PeerId
  readonly disk = new MemoryLog()
  /**
   * Entries as the core holds them, from the first one on: what is compacted away, the disk, and over it what is on its
   * way there.
   */
  view: Entry[] = []
  /** The state: all that was applied since the disk was made. Durable at once. */
  applied: Entry[] = []
  readonly #config: Omit<Config, 'id' | 'applied'>
  /** The state that a snapshot of this index names. */
  readonly #stateOf: (snapshot: SnapshotMetadata) => readonly Entry[]
  #core: RawNode | undefined
  #writes: Message[] = []
  /** Writes that need not be synced; a crash may still lose the hard state of the ones at the end. */
  readonly #lazyWrites = new Set<Message>()
  #syncedHardState: HardState | undefined
  #applies: Message[] = []

  constructor(
    id: PeerId,
    config: Omit<Config, 'id' | 'applied'>,
    stateOf: (snapshot: SnapshotMetadata) => readonly Entry[],
  ) {
    this.id = id
    this.#config = config
    this.#stateOf = stateOf
  }

  get up(): boolean {
    return this.#core !== undefined
  }

  get core(): RawNode {
    if (this.#core === undefined) throw new Error(`peer ${this.id} is down`)
    return this.#core
  }

  get status(): Status {
    return this.core.status()
  }

  get writes(): readonly Message[] {
    return this.#writes
  }

  get applies(): readonly Message[] {
    return this.#applies
  }

  /** Starts on what the disk holds. */
  start(): void {
    if (this.up) throw new Error(`peer ${this.id} is up already`)
    this.view = [...this.durable()]
    this.#syncedHardState = this.disk.initialState().hardState
    this.#core = createCore({ ...this.#config, id: this.id, applied: this.applied.length }, this.disk)
  }

  /** Ends at once. The first `keepWrites` writes were on the disk already, although nobody heard of it. */
  crash(keepWrites: number): void {
    for (const write of this.#writes.slice(0, keepWrites)) this.#write(write)
    if (this.#syncedHardState !== undefined) this.disk.setHardState(this.#syncedHardState)
    this.#core = undefined
    this.#writes = []
    this.#applies = []
  }

  /** Takes what is to be done, once; undefined if there is nothing. */
  turn(): Turn | undefined {
    if (!this.core.hasReady()) return undefined
    const ready = this.core.ready()
    const append = ready.messages.find((message) => message.to === localAppend)
    const apply = ready.messages.find((message) => message.to === localApply)
    if (append !== undefined) {
      this.#writes.push(append)
      if (!ready.mustSync) this.#lazyWrites.add(append)
      if (append.snapshot !== undefined) this.view = [...this.#stateOf(append.snapshot)]
      const first = append.entries[0]
      if (first !== undefined) this.view = [...this.view.slice(0, first.index - 1), ...append.entries]
    }
    if (apply !== undefined) this.#applies.push(apply)
    return { ready, sent: ready.messages.filter((message) => message !== append && message !== apply), append, apply }
  }

  /** Ends the oldest write; returns the messages that may leave now. Those to itself are taken at once, in order. */
  sync(): readonly Message[] {
    const write = this.#writes.shift()
    if (write === undefined) return []
    this.#write(write)
    return this.#respond(write)
  }

  /** Applies the oldest committed entries that wait. */
  apply(): readonly Entry[] {
    const apply = this.#applies.shift()
    if (apply === undefined) return []
    // What a snapshot has brought meanwhile is not applied again.
    const entries = apply.entries.filter((entry) => entry.index > this.applied.length)
    for (const entry of entries) {
      if (entry.index !== this.applied.length + 1)
        throw new Error(`peer ${this.id} applies ${entry.index} out of order`)
      this.applied.push(entry)
      if (entry.type === 'conf_change') {
        this.disk.setConfState(this.core.applyConfChange(confChangeOfEntry(entry)))
      }
    }
    this.#respond(apply)
    return entries
  }

  /** Makes the state available as a snapshot. */
  takeSnapshot(): void {
    const { length: index } = this.applied
    this.disk.takeSnapshot({ index, term: this.disk.term(index), confState: this.disk.initialState().confState })
  }

  diskEntries(): readonly Entry[] {
    const first = this.disk.firstIndex()
    const last = this.disk.lastIndex()
    return last < first ? [] : this.disk.entries(first, last + 1, Infinity)
  }

  /** The entry that survives a crash at this index. */
  stored(index: number): Entry | undefined {
    if (index < this.disk.firstIndex()) return this.applied[index - 1]
    return index > this.disk.lastIndex() ? undefined : this.disk.entries(index, index + 1, Infinity)[0]
  }

  /** All that survives a crash, from the first entry on. */
  durable(): readonly Entry[] {
    return [...this.applied.slice(0, this.disk.firstIndex() - 1), ...this.diskEntries()]
  }

  #write(write: Message): void {
    if (this.#lazyWrites.has(write) && write.entries.length > 0) throw new Error('entries are written without a sync')
    if (write.snapshot !== undefined) this.#install(write.snapshot)
    this.disk.append(write.entries)
    if (write.term !== 0) this.disk.setHardState({ term: write.term, vote: write.vote, commit: write.commit })
    if (!this.#lazyWrites.delete(write)) this.#syncedHardState = this.disk.initialState().hardState
  }

  #install(snapshot: SnapshotMetadata): void {
    this.applied = [...this.#stateOf(snapshot)]
    this.disk.install(snapshot)
  }

  #respond(done: Message): readonly Message[] {
    const leaving = done.responses.filter((response) => response.to !== this.id)
    for (const response of done.responses) if (response.to === this.id) this.core.step(response)
    return leaving
  }
}
