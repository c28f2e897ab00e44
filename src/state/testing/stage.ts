import { uuid7 } from '../../lib/uuid7.ts'
import type { CommittedEntry, ProposalRefusal, ReadIndexAnswer } from '../consensus.ts'
import type { Evaluation } from '../read.ts'
import { Replica } from '../replica.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { MemoryKeyValue } from '../storage/memory-key-value.ts'
import type { OpenStateOptions } from '../storage/open-state.ts'
import { openState } from '../storage/open-state.ts'
import type { Write } from '../write.ts'
import type { WriteAnswer, WriteRequest } from '../write-request.ts'
import { testCatalog } from './tables.ts'

/** A proposal that the replica made. */
export interface StagedProposal {
  readonly term: number
  readonly number: number
  readonly previous: number
  readonly data: Uint8Array
}

/** How a write ended, once it has. */
export interface Ending {
  answer: WriteAnswer | undefined
  error: unknown
}

/** One replica over a consensus, clocks and an event loop that a test moves by hand. */
export class Stage {
  readonly proposals: StagedProposal[] = []
  readonly reads: ((answer: ReadIndexAnswer) => void)[] = []
  /** The round that reads join; each has one of its own if there is none. */
  joined: Promise<ReadIndexAnswer> | undefined
  readonly credits: number[] = []
  readonly fatal: unknown[] = []
  readonly clock = {
    wall: 5_000_000,
    monotonic: 100,
    wallMs: () => this.clock.wall,
    monotonicMs: () => this.clock.monotonic,
  }
  readonly keyValue: KeyValue
  replica!: Replica
  term = 0
  index = 0
  #tasks: (() => void)[] = []
  #timers: { readonly atMs: number; readonly task: () => void }[] = []
  #drawn = 0

  private constructor(keyValue: KeyValue) {
    this.keyValue = keyValue
  }

  /** Starts a replica on an empty disk, or on one that a replica left. */
  static async open(
    keyValue: KeyValue = new MemoryKeyValue(),
    knows: Pick<OpenStateOptions, 'stateVersionMax'> = {},
  ): Promise<Stage> {
    const stage = new Stage(keyValue)
    const isNew = (await keyValue.get('m')) === undefined
    const format = isNew ? { incarnation: 'stage' } : undefined
    const opened = await openState({ keyValue, catalog: testCatalog, directory: 'stage', format, ...knows })
    if (opened.kind === 'damaged') throw new Error(opened.reason)
    stage.index = opened.state.position.index
    stage.term = opened.state.position.term
    stage.replica = new Replica({
      opened,
      consensus: {
        id: 'a',
        propose: (proposal) => void stage.proposals.push(proposal),
        readIndex: () => stage.joined ?? new Promise((resolve) => stage.reads.push(resolve)),
        applied: (index) => void stage.credits.push(index),
      },
      clock: stage.clock,
      scheduler: {
        soon: (task) => void stage.#tasks.push(task),
        after: (delayMs, task) => {
          const timer = { atMs: stage.clock.monotonic + delayMs, task }
          stage.#timers.push(timer)
          return () => void (stage.#timers = stage.#timers.filter((one) => one !== timer))
        },
      },
      random: (sizeBytes) => new Uint8Array(sizeBytes).fill((stage.#drawn += 1)),
      onFatal: (error) => stage.fatal.push(error),
    })
    return stage
  }

  /** Becomes leader of the next term, and applies its first entry. */
  async lead(): Promise<this> {
    this.elected()
    this.commit(new Uint8Array())
    return await this.settle()
  }

  /** Becomes leader of the next term; its first entry is not applied yet. */
  elected(): void {
    this.term += 1
    this.replica.onLeadership({ term: this.term, role: 'leader', leader: 'a', firstIndex: this.index + 1 })
  }

  /** Another peer leads the next term. */
  deposed(leader = 'b'): void {
    this.term += 1
    this.replica.onLeadership({ term: this.term, role: 'follower', leader, firstIndex: 0 })
  }

  /** The next entry of the log is committed; its bytes are overwritten afterwards, as they may be. */
  commit(data: Uint8Array, term = this.term): void {
    this.index += 1
    const lent = new Uint8Array(data)
    const entry: CommittedEntry = { index: this.index, term, type: 'normal', data: lent }
    this.replica.onCommitted([entry])
    lent.fill(0)
  }

  /** The oldest proposal is committed. */
  async commitNext(): Promise<this> {
    const { data, term } = this.proposals.shift()!
    this.commit(data, term)
    return await this.settle()
  }

  /** The worker did not append this proposal, and those behind it. */
  async refuse(number: number, reason: ProposalRefusal['reason'] = 'full'): Promise<this> {
    this.replica.onRefused({ term: this.term, number, reason })
    this.proposals.splice(0, this.proposals.length, ...this.proposals.filter((one) => one.number < number))
    return await this.settle()
  }

  /** Answers the oldest ReadIndex round, as this peer in its term if nothing else is said. */
  async answerRead(answer: Partial<{ index: number; leader: string; term: number }> = {}): Promise<this> {
    this.reads.shift()!({ ok: true, index: this.index, leader: 'a', term: this.term, ...answer })
    return await this.settle()
  }

  /** Lets time pass. */
  async advance(durationMs: number): Promise<this> {
    this.clock.monotonic += durationMs
    this.clock.wall += durationMs
    for (const timer of this.#timers.filter(({ atMs }) => atMs <= this.clock.monotonic)) {
      this.#timers = this.#timers.filter((one) => one !== timer)
      timer.task()
    }
    return await this.settle()
  }

  /** Runs the event loop until it has nothing to do. */
  async settle(): Promise<this> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const tasks = this.#tasks.splice(0)
      if (tasks.length === 0) return this
      for (const task of tasks) task()
    }
  }

  /** A request id by log time. */
  requestId(aheadMs = 0): string {
    this.#drawn += 1
    const timeMs = this.replica.reader().logTimeMs + aheadMs
    return uuid7({ timeMs, random: new Uint8Array(10).fill(this.#drawn) })
  }

  /** Submits a write, and tells how it ended when it has. */
  write(evaluate: (read: Evaluation) => readonly Write[], fields: Partial<WriteRequest> = {}): Ending {
    const ending: Ending = { answer: undefined, error: undefined }
    const request: WriteRequest = {
      principal: 'p',
      tenant: '',
      requestId: this.requestId(),
      method: 'm',
      reason: '',
      viaPeer: 'a',
      sourceAddress: '',
      retry: false,
      digest: new Uint8Array([1]),
      signal: new AbortController().signal,
      evaluate,
      ...fields,
    }
    this.replica.submit(request).then(
      (answer) => (ending.answer = answer),
      (error: unknown) => (ending.error = error),
    )
    return ending
  }
}
