import { peerId } from './observation.ts'
import type { PeerNumber, Settings } from './operation.ts'
import { ReadMirror } from './read-mirror.ts'
import { createCore } from '../../src/raft/core/core.ts'
import { MemoryLog } from '../../src/raft/core/memory-log.ts'
import { localAppend, localApply } from '../../src/raft/core/types.ts'
import type { Config, ConfState, HardState, LogReader, Message, RawNode, Ready } from '../../src/raft/core/types.ts'

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
  /** Terms of the log as the core holds it, by index: the disk, and over it what is on its way there. */
  terms: number[] = [0]
  readonly reads = new ReadMirror()
  /** Up to where the state machine has come; durable, but a start may go back to any earlier index. */
  applied = 0
  readonly #makeCore: MakeCore
  readonly #draws: readonly number[]
  #drawsTaken = 0
  #core: RawNode | undefined
  #writes: Write[] = []
  #written: Write[] = []
  #applies: Message[] = []
  #syncedHardState: HardState

  constructor(number: PeerNumber, draws: readonly number[], confState: ConfState, makeCore: MakeCore = createCore) {
    this.number = number
    this.#draws = draws
    this.#makeCore = makeCore
    this.disk.append([{ term: 1, index: 1, type: 'conf_change', data: new Uint8Array(0) }])
    this.#syncedHardState = { term: 1, vote: '', commit: 1 }
    this.disk.setHardState(this.#syncedHardState)
    this.disk.setConfState(confState)
    this.applied = 1
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

  get appliesWaiting(): number {
    return this.#applies.length
  }

  /** The core may be told that less is committed than was applied; then etcd refuses to start, and is told the truth. */
  start(config: Settings, applied: number): { readonly commit: number } {
    const { hardState } = this.disk.initialState()
    const commit = Math.max(hardState.commit, applied)
    this.disk.setHardState({ ...hardState, commit })
    this.applied = applied
    this.terms = [0]
    for (let index = 1; index <= this.disk.lastIndex(); index++) this.terms.push(this.disk.term(index))
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

  /** Takes what is to be done; returns it with the messages to peers, those behind a write marked as such. */
  turn(): { readonly ready: Ready; readonly atOnce: readonly Message[]; readonly behindWrite: readonly Message[] } {
    const ready = this.core.ready()
    const atOnce: Message[] = []
    const behindWrite: Message[] = []
    for (const message of ready.messages) {
      if (message.to === localAppend) {
        this.#writes.push({ message, mustSync: ready.mustSync })
        for (const entry of message.entries) {
          this.terms.length = entry.index
          this.terms.push(entry.term)
        }
        behindWrite.push(...message.responses)
      } else if (message.to === localApply) this.#applies.push(message)
      else atOnce.push(message)
    }
    return { ready, atOnce, behindWrite }
  }

  write(): void {
    const write = this.#writes.shift()!
    this.#write(write)
    this.#written.push(write)
  }

  /**
   * Steps what the oldest finished write has for this peer; returns what it has for others. `before` hears of each that
   * is stepped here, by its place.
   */
  respond(before: (message: Message, place: number) => void): readonly Message[] {
    const { message } = this.#written.shift()!
    const own = message.responses.filter(({ to }) => to === this.id)
    for (const [place, response] of own.entries()) {
      before(response, place)
      this.core.step(response)
    }
    return message.responses.filter(({ to }) => to !== this.id)
  }

  apply(): ConfState {
    const message = this.#applies.shift()!
    for (const entry of message.entries) this.applied = Math.max(this.applied, entry.index)
    for (const response of message.responses) this.core.step(response)
    return this.disk.initialState().confState
  }

  #write({ message, mustSync }: Write): void {
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
