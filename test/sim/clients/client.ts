import { uuid7, uuid7TimeMs } from '../../../src/lib/uuid7.ts'
import { requestAheadMsMax } from '../../../src/state/pure/limits.ts'
import { boxes, shelves } from '../../../src/state/testing/tables.ts'
import type { Call } from '../oracle/call.ts'
import type { ClientOracle } from '../oracle/client-oracle.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { SimProcess } from '../peer/sim-process.ts'
import type { WriteResult } from '../peer/write-call.ts'
import type { Dice } from '../world/dice.ts'
import type { World } from '../world/world.ts'
import type { Operation } from './operation.ts'
import type { Pace } from './pace.ts'

const kinds = ['create', 'create', 'bump', 'bump', 'bump', 'rename', 'pack', 'pack', 'drop', 'note'] as const

/** A request takes this long from a client to a peer, and the answer back. */
const travelUs = { low: 100, high: 3_000 } as const

/** Why a try is not waited for any more: one for all, since making an error costs more than what it ends. */
const tryIsOver = new DOMException('another try has begun', 'AbortError')

/** What a client is doing. */
type Task =
  | { readonly kind: 'write'; readonly call: Call }
  | { readonly kind: 'read'; readonly name: string; readonly floor: number }

/**
 * One client: one operation after another, each tried through one peer and then through others with the same id, until
 * it knows how it ended. It ends a try before it begins the next one, and believes the last one alone.
 */
export class Client {
  readonly name: string
  readonly counts = { ok: 0, refused: 0, unknown: 0, reads: 0, replayed: 0, tries: 0, cancels: 0 }
  readonly #world: World
  readonly #peers: readonly SimPeer[]
  readonly #oracle: ClientOracle
  readonly #dice: Dice
  readonly #pace: Pace
  /** Rises with every try: what belongs to an earlier one is ignored. */
  #try = 0
  #abort = new AbortController()
  #task: Task | undefined
  /** The present write has been sent before, and its outcome was not heard. */
  #isRetry = false
  #isResting = false

  constructor(options: {
    readonly name: string
    readonly world: World
    readonly peers: readonly SimPeer[]
    readonly oracle: ClientOracle
    readonly dice: Dice
    readonly pace: Pace
  }) {
    this.name = options.name
    this.#world = options.world
    this.#peers = options.peers
    this.#oracle = options.oracle
    this.#dice = options.dice
    this.#pace = options.pace
    this.#rest()
  }

  /** An operation is under way. */
  get isBusy(): boolean {
    return this.#task !== undefined
  }

  /**
   * What it wants cannot be looked at before log time has caught up: it drew its id at a peer that had last heard of a
   * leader whose log time nobody goes on with.
   */
  isAheadOf(logTimeMs: number): boolean {
    if (this.#task?.kind !== 'write') return false
    return uuid7TimeMs(this.#task.call.requestId)! > logTimeMs + requestAheadMsMax
  }

  get isWriting(): boolean {
    return this.#task?.kind === 'write'
  }

  /** It begins nothing new. */
  rest(): void {
    this.#isResting = true
  }

  #rest(): void {
    this.#task = undefined
    const { timeline } = this.#world
    const atUs = timeline.nowUs + this.#dice.exponential(this.#pace.pauseMs) * 1000
    const burstUs = this.#pace.burstMs * 1000
    const beginUs = burstUs === 0 ? atUs : Math.ceil(atUs / burstUs) * burstUs + this.#dice.exponential(6_000)
    timeline.at(beginUs, () => {
      if (!this.#isResting) this.#begin()
    })
  }

  #begin(): void {
    const name = this.#dice.pick(this.#pace.names)
    this.#isRetry = false
    const wish = this.#world.takeWish()
    if (wish === undefined && this.#dice.chance(this.#pace.reads)) {
      this.#task = { kind: 'read', name, floor: this.#oracle.floor }
      return this.#attempt()
    }
    const requestId = this.#drawId()
    // Nobody tells the time of the log yet.
    if (requestId === undefined) return this.#rest()
    const kind = this.#dice.pick(kinds)
    const other = this.#dice.pick(this.#pace.names)
    const operation: Operation = wish ?? (kind === 'rename' ? { kind, name, other } : { kind, name })
    this.#task = { kind: 'write', call: this.#oracle.began({ requestId, operation, client: this.name }) }
    this.#attempt()
  }

  /** By log time, as a peer told it last; a client that was told long ago draws an old id. */
  #drawId(): string | undefined {
    const peer = this.#dice.pick(this.#peers)
    const reader = peer.isSound ? peer.process?.replica?.reader() : undefined
    return reader && uuid7({ timeMs: reader.logTimeMs, random: this.#dice.bytes(10) })
  }

  /** Begins the next try, through some peer. */
  #attempt(): void {
    const attempt = ++this.#try
    this.counts.tries++
    this.#abort.abort(tryIsOver)
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const { timeline } = this.#world
    const peer = this.#dice.pick(this.#peers)
    const { process } = peer
    timeline.after(this.#dice.between(travelUs.low, travelUs.high), () => {
      if (this.#try !== attempt) return
      // Nobody listens: nothing was sent.
      if (process === undefined || process.hasEnded || process.desk === undefined) return this.#again(attempt)
      const wasRetry = this.#isRetry
      this.#isRetry = true
      process.main.take(() => void this.#ask(process, { attempt, signal, wasRetry }))
      if (this.#dice.chance(this.#pace.cancels)) {
        this.counts.cancels++
        timeline.after(this.#dice.exponential(this.#pace.tryMs * 100), () => this.#again(attempt))
      }
      timeline.after(this.#pace.tryMs * 1000 * 1.2, () => this.#again(attempt))
    })
  }

  async #ask(
    process: SimProcess,
    how: { readonly attempt: number; readonly signal: AbortSignal; readonly wasRetry: boolean },
  ): Promise<void> {
    const task = this.#task
    const { desk } = process
    if (task === undefined || how.signal.aborted || desk === undefined) return
    if (task.kind === 'read') return this.#read(process, task, how.attempt)
    const { requestId, operation } = task.call
    const call = { requestId, operation, retry: how.wasRetry }
    const result = await desk.write(call, { signal: how.signal, timeoutMs: this.#pace.tryMs })
    const appliedRevision = process.replica!.reader().revision
    this.#travelBack(process, how.attempt, () => this.#hears(task.call, result, appliedRevision))
  }

  async #read(process: SimProcess, task: Extract<Task, { kind: 'read' }>, attempt: number): Promise<void> {
    const { name, floor } = task
    const { ok, reader } = await process.replica!.linearizable(this.#pace.tryMs)
    if (!ok) return this.#travelBack(process, attempt, () => this.#again(attempt))
    const { revision } = reader
    const found = reader.unique(shelves, 'name', ['', name])
    const shelf = found && {
      counter: Number(found.value.counter),
      boxes: reader.count(boxes, 'shelf', found.value.id),
    }
    this.#travelBack(process, attempt, () => {
      this.counts.reads++
      const who = `${this.name} through ${process.peer.name}`
      this.#world.check(() => this.#oracle.read({ name, revision, shelf }, floor, who))
      this.#rest()
    })
  }

  /** Whoever leads may not know the version that is wanted for a long time. */
  #abandons({ kind }: Operation): boolean {
    return kind === 'raise' || this.#dice.chance(this.#pace.abandons)
  }

  /** An answer is lost if the process ends before it is on its way. */
  #travelBack(process: SimProcess, attempt: number, hear: () => void): void {
    if (process.hasEnded) return
    this.#world.timeline.after(this.#dice.between(travelUs.low, travelUs.high), () => {
      if (this.#try === attempt) hear()
    })
  }

  #hears(call: Call, result: WriteResult, appliedRevision: number): void {
    this.#world.trace.note(
      this.name,
      'is told',
      result.kind,
      call.requestId,
      'revision' in result ? result.revision : 0,
    )
    if (result.kind === 'unknown' || result.kind === 'turned_away') {
      if (result.kind === 'turned_away') this.#isRetry = false
      return this.#again(this.#try)
    }
    this.#world.check(() => this.#oracle.told(call, result, appliedRevision))
    if (result.kind === 'ok') this.counts.ok++
    else this.counts.refused++
    if (result.kind === 'ok' && result.replayed) this.counts.replayed++
    this.#rest()
  }

  /** This try is over, and nothing is known. */
  #again(attempt: number): void {
    if (this.#try !== attempt || this.#task === undefined) return
    this.#try++
    this.#abort.abort(tryIsOver)
    if (this.#task.kind === 'write' && this.#abandons(this.#task.call.operation)) {
      this.counts.unknown++
      return this.#rest()
    }
    const next = this.#try
    this.#world.timeline.after(this.#dice.exponential(200_000), () => {
      if (this.#try === next && this.#task !== undefined) this.#attempt()
    })
  }
}
