import type { ReadState } from '../core/types.ts'
import { readContextsMax, readRetryTicks, readRoundsMax, readsQueuedMax } from './limits.ts'
import type { ReadIndexAnswer } from './port.ts'

/** One caller that waits for an index to read at. */
interface Read {
  readonly endsAtNs: bigint
  readonly answer: (answer: ReadIndexAnswer) => void
}

/** Reads that share a round, and the contexts under which it was asked for. */
interface Round {
  reads: readonly Read[]
  contexts: string[]
  ageTicks: number
}

export interface ReadRoundsOptions {
  /** Unique for each start of the process: a context of an earlier life must never answer a read (etcd #20418). */
  readonly prefix: string
  /** Asks the core for an index under this context. */
  ask(context: string): void
  nowNs(): bigint
}

/**
 * ReadIndex rounds (thesis §6.4). A round serves every read that came before it began; a read that comes later waits
 * for the next one. A round may be lost with a message or a leader, without a word: then it is asked again under a new
 * context until its readers have given up. Any of its contexts may answer it, for all began after its reads came.
 */
export class ReadRounds {
  readonly #options: ReadRoundsOptions
  #queued: Read[] = []
  #rounds: Round[] = []
  #counter = 0
  #asked = 0

  constructor(options: ReadRoundsOptions) {
    this.#options = options
  }

  /** Times that the core was asked, for tests and metrics that count. */
  get asked(): number {
    return this.#asked
  }

  /** One that finds no room is answered like one that waited too long: its caller may ask again. */
  read(timeoutMs: number, answer: (answer: ReadIndexAnswer) => void): void {
    if (this.#queued.length >= readsQueuedMax) return answer({ ok: false, reason: 'timeout' })
    this.#queued.push({ endsAtNs: this.#options.nowNs() + BigInt(Math.ceil(timeoutMs)) * 1_000_000n, answer })
  }

  /** Begins a round for what is queued, at the end of each turn of the loop; without a leader they wait. */
  turn(hasLeader: boolean): void {
    if (!hasLeader || this.#queued.length === 0 || this.#rounds.length >= readRoundsMax) return
    const round: Round = { reads: this.#queued, contexts: [], ageTicks: 0 }
    this.#queued = []
    this.#rounds.push(round)
    this.#ask(round)
  }

  /** The core has an answer; unknown contexts are of rounds that another one has answered. */
  answered(state: ReadState): void {
    const round = this.#rounds.find((candidate) => candidate.contexts.includes(state.context))
    if (round === undefined) return
    this.#rounds = this.#rounds.filter((other) => other !== round)
    const { index, leader, term } = state
    for (const read of round.reads) read.answer({ ok: true, index, leader, term })
  }

  /** Another leader or none: what was asked is lost, and is asked again at once. */
  leaderChanged(hasLeader: boolean): void {
    for (const round of this.#rounds) if (hasLeader) this.#ask(round)
  }

  tick(hasLeader: boolean): void {
    const nowNs = this.#options.nowNs()
    this.#queued = this.#queued.filter((read) => !timedOut(read, nowNs))
    for (const round of this.#rounds) round.reads = round.reads.filter((read) => !timedOut(read, nowNs))
    this.#rounds = this.#rounds.filter((round) => round.reads.length > 0)
    for (const round of this.#rounds) {
      round.ageTicks++
      if (hasLeader && round.ageTicks >= readRetryTicks) this.#ask(round)
    }
  }

  /** No round will be answered any more. */
  fail(reason: 'stopped' | 'damaged'): void {
    const reads = [...this.#queued, ...this.#rounds.flatMap((round) => round.reads)]
    this.#queued = []
    this.#rounds = []
    for (const read of reads) read.answer({ ok: false, reason })
  }

  #ask(round: Round): void {
    const context = `${this.#options.prefix}-${++this.#counter}`
    round.contexts = [...round.contexts, context].slice(-readContextsMax)
    round.ageTicks = 0
    this.#asked++
    this.#options.ask(context)
  }
}

/** Answers a read that has waited for too long. */
function timedOut(read: Read, nowNs: bigint): boolean {
  if (read.endsAtNs > nowNs) return false
  read.answer({ ok: false, reason: 'timeout' })
  return true
}
