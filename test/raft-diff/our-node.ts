import { peerId } from './observation.ts'
import type { PeerNumber, Settings } from './operation.ts'
import { ReadMirror } from './read-mirror.ts'
import { createCore } from '../../src/raft/core/core.ts'
import { MemoryLog } from '../../src/raft/core/memory-log.ts'
import { emptyConfState } from '../../src/raft/core/tracker.ts'
import { localAppend, localApply } from '../../src/raft/core/types.ts'
import type {
  Config,
  ConfChange,
  ConfState,
  Entry,
  HardState,
  LogReader,
  Message,
  RawNode,
  Ready,
} from '../../src/raft/core/types.ts'

import type { Overwrites } from './step.ts'

/** Makes the core that is compared; a test puts another one here, to be found out. */
export type MakeCore = (config: Config, log: LogReader) => RawNode

/** A write under way, and whether it must be synced: a crash may undo the hard state of others. */
interface Write {
  readonly message: Message
  readonly mustSync: boolean
}

/** One of our peers: a core while it is up, what it wants written and applied, and its disk. */
export class OurNode {
  readonly number: PeerNumber
  readonly disk = new MemoryLog()
  readonly reads = new ReadMirror()
  /** Up to where the state machine has come; durable, but a start may go back to an earlier index. */
  applied = 0
  /** The configuration at each index that changed it. */
  #confStates: { readonly index: number; readonly confState: ConfState }[] = [{ index: 0, confState: emptyConfState }]
  /** Terms of the log as the core holds it, by index: the disk, and over it what is on its way there. */
  #terms: number[] = [0]
  readonly #makeCore: MakeCore
  readonly #draws: readonly number[]
  #drawsTaken = 0
  #core: RawNode | undefined
  #writes: Write[] = []
  #written: Write[] = []
  #applies: Message[] = []
  #syncedHardState: HardState = { term: 0, vote: '', commit: 0 }

  /** `first` is the configuration that the disk was formatted with; without, it is blank. */
  constructor(
    number: PeerNumber,
    options: {
      readonly draws: readonly number[]
      readonly first: ConfState | undefined
      readonly makeCore: MakeCore | undefined
    },
  ) {
    const { draws, first, makeCore = createCore } = options
    this.number = number
    this.#draws = draws
    this.#makeCore = makeCore
    if (first === undefined) return
    this.disk.install({ index: 1, term: 1, confState: first })
    this.#syncedHardState = { term: 1, vote: '', commit: 1 }
    this.disk.setHardState(this.#syncedHardState)
    this.#appliedTo(1, first)
  }

  get id(): string {
    return peerId(this.number)
  }

  get isUp(): boolean {
    return this.#core !== undefined
  }

  get core(): RawNode {
    if (this.#core === undefined) throw new Error(`peer ${this.number} is down`)
    return this.#core
  }

  get drawsTaken(): number {
    return this.#drawsTaken
  }

  get writesWaiting(): number {
    return this.#writes.length
  }

  get answersWaiting(): number {
    return this.#written.length
  }

  get appliesWaiting(): readonly Message[] {
    return this.#applies
  }

  /** A crash now takes back a commit index that was written but not synced. */
  get mayLoseHardState(): boolean {
    return this.#syncedHardState.commit !== this.disk.initialState().hardState.commit
  }

  /** The next answer is for a write of an earlier term. */
  get answersOlderTerm(): boolean {
    const next = this.#written[0]?.message.responses.find(({ type }) => type === 'storage_append_response')
    return next !== undefined && next.term < this.core.status().term
  }

  /** Term of an entry that the core holds. */
  termAt(index: number): number | undefined {
    return this.#terms[index]
  }

  confStateAt(index: number): ConfState {
    return this.#confStates.findLast((known) => known.index <= index)!.confState
  }

  /** The core may be told that less is committed than was applied; then etcd refuses to start, and is told the truth. */
  start(config: Settings, applied: number): { readonly commit: number } {
    const { hardState } = this.disk.initialState()
    const commit = Math.max(hardState.commit, applied)
    this.disk.setHardState({ ...hardState, commit })
    this.disk.setConfState(this.confStateAt(applied))
    this.applied = applied
    this.#confStates = this.#confStates.filter(({ index }) => index <= applied)
    this.#terms = []
    for (let index = this.disk.firstIndex() - 1; index <= this.disk.lastIndex(); index++) {
      this.#terms[index] = this.disk.term(index)
    }
    this.#core = this.#makeCore({ ...config, id: this.id, applied, random: (below) => this.#draw(below) }, this.disk)
    return { commit }
  }

  crash(keep: number): void {
    for (const write of this.#writes.slice(0, keep)) this.#write(write)
    this.disk.setHardState(this.#syncedHardState)
    this.#core = undefined
    this.#writes = []
    this.#written = []
    this.#applies = []
  }

  /** Takes what is to be done; returns it with the messages to peers, those that stand behind a write apart. */
  turn(): {
    readonly ready: Ready
    readonly atOnce: readonly Message[]
    readonly behindWrite: readonly Message[]
    readonly overwrites: Overwrites
  } {
    let overwrites: Overwrites = 'nothing'
    const ready = this.core.ready()
    const atOnce: Message[] = []
    const behindWrite: Message[] = []
    for (const message of ready.messages) {
      if (message.to === localAppend) {
        overwrites = this.#overwrites(message)
        this.#writes.push({ message, mustSync: ready.mustSync })
        this.#hold(message)
        behindWrite.push(...message.responses)
      } else if (message.to === localApply) this.#applies.push(message)
      else atOnce.push(message)
    }
    return { ready, atOnce, behindWrite, overwrites }
  }

  write(): void {
    const write = this.#writes.shift()!
    this.#write(write)
    this.#written.push(write)
  }

  /**
   * Steps what the oldest finished write has for this peer, unless `isHeard` says no to the one at that place; returns
   * what it has for others.
   */
  respond(isHeard: (message: Message, place: number) => boolean): readonly Message[] {
    const { message } = this.#written.shift()!
    const own = message.responses.filter(({ to }) => to === this.id)
    for (const [place, response] of own.entries()) if (isHeard(response, place)) this.core.step(response)
    return message.responses.filter(({ to }) => to !== this.id)
  }

  /** Applies the oldest entries that wait; what a snapshot has brought meanwhile is not applied again. */
  apply(changeOf: (entry: Entry) => ConfChange): ConfState {
    const message = this.#applies.shift()!
    for (const entry of message.entries) {
      if (entry.index <= this.applied) continue
      const isChange = entry.type === 'conf_change'
      this.#appliedTo(entry.index, isChange ? this.core.applyConfChange(changeOf(entry)) : undefined)
    }
    for (const response of message.responses) this.core.step(response)
    return this.confStateAt(this.applied)
  }

  compact(index: number): void {
    this.disk.takeSnapshot({ index, term: this.disk.term(index), confState: this.confStateAt(index) })
    this.disk.compact(index)
  }

  #appliedTo(index: number, confState: ConfState | undefined): void {
    this.applied = index
    if (confState !== undefined) this.#confStates.push({ index, confState })
  }

  #overwrites({ entries }: Message): Overwrites {
    const first = entries[0]?.index
    if (first === undefined || first >= this.#terms.length) return 'nothing'
    const isUnderWay = this.#writes.some(({ message }) => message.entries.some(({ index }) => index >= first))
    return isUnderWay ? 'entries being written' : 'entries'
  }

  #hold({ snapshot, entries }: Message): void {
    if (snapshot !== undefined) {
      this.#terms = []
      this.#terms[snapshot.index] = snapshot.term
    }
    for (const { index, term } of entries) {
      this.#terms.length = index
      this.#terms.push(term)
    }
  }

  #write({ message, mustSync }: Write): void {
    const { snapshot } = message
    if (snapshot !== undefined) {
      this.disk.install(snapshot)
      if (snapshot.index > this.applied) this.#appliedTo(snapshot.index, snapshot.confState)
    }
    this.disk.append(message.entries)
    if (message.term !== 0) {
      this.disk.setHardState({ term: message.term, vote: message.vote, commit: message.commit })
    }
    if (mustSync) this.#syncedHardState = this.disk.initialState().hardState
  }

  #draw(below: number): number {
    const draw = this.#draws[this.#drawsTaken % this.#draws.length]!
    this.#drawsTaken++
    return draw % below
  }
}
