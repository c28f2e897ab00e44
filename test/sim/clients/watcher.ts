import { isTrivetError } from '../../../src/lib/errors.ts'
import type { ChangeOracle } from '../oracle/change-oracle.ts'
import { Violation } from '../oracle/violation.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { SimProcess } from '../peer/sim-process.ts'
import type { Dice } from '../world/dice.ts'
import type { World } from '../world/world.ts'

/** How long a watcher stays at one peer, on average. */
const stayMs = 20_000
/** The same once all is healed: it must not be by its own bad luck that it is where nothing comes. */
const restStayMs = 1_000

/** Follows the change stream, at one peer after another, and must miss nothing. */
export class Watcher {
  readonly name: string
  readonly #world: World
  readonly #peers: readonly SimPeer[]
  readonly #oracle: ChangeOracle
  readonly #dice: Dice
  /** The last revision that it has. */
  revision = 0
  #abort = new AbortController()
  #rests = false

  constructor(options: {
    readonly name: string
    readonly world: World
    readonly peers: readonly SimPeer[]
    readonly oracle: ChangeOracle
    readonly dice: Dice
  }) {
    this.name = options.name
    this.#world = options.world
    this.#peers = options.peers
    this.#oracle = options.oracle
    this.#dice = options.dice
    this.#attachSoon()
  }

  /** Goes from peer to peer until it has seen everything; where changes are lost it takes the rows. */
  rest(): void {
    this.#rests = true
    this.#attachSoon()
  }

  #attachSoon(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    this.#world.timeline.after(this.#dice.exponential(300_000), () => {
      if (signal.aborted) return
      const { process } = this.#dice.pick(this.#peers)
      if (process?.desk === undefined) return this.#attachSoon()
      process.main.take(() => void this.#follow(process, signal))
      this.#world.timeline.after(this.#dice.exponential(this.#rests ? restStayMs : stayMs) * 1000, () => {
        if (!signal.aborted) this.#attachSoon()
      })
    })
  }

  async #follow(process: SimProcess, signal: AbortSignal): Promise<void> {
    try {
      const watch = process.replica!.watch({ afterRevision: this.revision, tables: undefined, signal })
      for await (const change of watch) {
        if (signal.aborted || process.hasEnded) return
        if (change.kind === 'bookmark') continue
        this.#world.check(() => this.#oracle.sees(change, this.revision, `${this.name} at ${process.peer.name}`))
        this.revision = change.revision
      }
    } catch (error) {
      if (isTrivetError(error, 'CHANGES_COMPACTED')) {
        if (this.#world.hasLostHistory(process.peer)) {
          return this.#rests ? this.#listAgain(process, signal) : undefined
        }
        if (this.revision < this.#world.historyBegin(process.peer)) return this.#listAgain(process, signal)
      }
      this.#world.check(() => {
        throw new Violation('change stream', `${this.name}: ${String(error)}`)
      })
    }
  }

  /** A peer that has installed a snapshot knows no changes from before it: whoever needs them takes its rows instead. */
  #listAgain(process: SimProcess, signal: AbortSignal): Promise<void> {
    this.revision = process.replica!.reader().revision
    this.#world.trace.note(this.name, 'lists again', process.peer.name, this.revision)
    return this.#follow(process, signal)
  }
}
