import type { Clock } from '../../../lib/clock.ts'
import type { Consensus, ReadIndexAnswer } from '../../consensus.ts'
import { State } from '../../pure/state.ts'
import { Replica } from '../../replica.ts'
import type { Scheduler } from '../../scheduler.ts'
import type { KeyValue } from '../../storage/key-value.ts'
import { MemoryKeyValue } from '../../storage/memory-key-value.ts'
import { openState } from '../../storage/open-state.ts'
import { testCatalog } from '../tables.ts'
import type { Chance } from './chance.ts'
import type { Mutant } from './mutant.ts'
import type { ModelProposal, ModelWorker } from './raft-model.ts'

/** What main sent to its worker and the worker has not seen yet. */
export type ToWorker =
  | { readonly kind: 'propose'; readonly proposal: ModelProposal }
  | { readonly kind: 'read'; readonly resolve: (answer: ReadIndexAnswer) => void }

/** Virtual clocks of one machine; the wall clock may jump. */
export class SimClock implements Clock {
  monotonic = 1_000
  wall = Date.UTC(2026, 10, 21)

  wallMs(): number {
    return this.wall
  }

  monotonicMs(): number {
    return this.monotonic
  }
}

/** A state on which nothing is asserted: what goes wrong shows in what it holds. */
class UncheckedState extends State {
  protected override expect(): void {}
}

/** One peer of the simulation: a real replica over a model of its worker, with everything in between delayed. */
export class SimPeer {
  readonly id: string
  readonly worker: ModelWorker
  readonly clock = new SimClock()
  readonly toWorker: ToWorker[] = []
  readonly tasks: (() => void)[] = []
  readonly timers: { readonly atMs: number; readonly task: () => void }[] = []
  replica!: Replica
  /** Counts restarts: what belongs to an earlier run of the process is lost. */
  run = 0
  readonly #chance: Chance
  readonly #mutant: Mutant
  readonly #report: (violation: string) => void
  /** What the disk held after each batch; a crash goes back to one of the last. */
  #disks: MemoryKeyValue[] = []

  constructor(
    worker: ModelWorker,
    with_: { readonly chance: Chance; readonly mutant: Mutant; readonly report: (violation: string) => void },
  ) {
    this.id = worker.id
    this.worker = worker
    this.#chance = with_.chance
    this.#mutant = with_.mutant
    this.#report = with_.report
  }

  /** Starts the process, with what a crash left on the disk. */
  async start(): Promise<void> {
    this.run += 1
    const { run } = this
    this.toWorker.length = 0
    this.tasks.length = 0
    this.timers.length = 0
    const isFirst = this.#disks.length === 0
    const disk = isFirst ? new MemoryKeyValue() : this.#chance.pick(this.#disks).copy()
    this.#disks = isFirst ? [] : [disk.copy()]
    const keyValue = this.#recording(disk)
    const format = isFirst ? { incarnation: 'sim' } : undefined
    const opened = await openState({ keyValue, catalog: testCatalog, directory: 'sim', format })
    if (opened.kind === 'damaged') return this.#report(`peer ${this.id}: ${opened.reason}`)
    if (!this.#mutant.assertions) Object.setPrototypeOf(opened.state, UncheckedState.prototype)
    this.worker.handedOver = opened.state.position.index
    const { clock } = this
    const scheduler: Scheduler = {
      soon: (task) => void this.tasks.push(task),
      after: (delayMs, task) => {
        const timer = { atMs: clock.monotonic + delayMs, task }
        this.timers.push(timer)
        return () => void (this.timers.includes(timer) && this.timers.splice(this.timers.indexOf(timer), 1))
      },
    }
    this.replica = new Replica({
      opened,
      consensus: this.#consensus(run),
      clock,
      scheduler,
      random: (sizeBytes) => this.#chance.bytes(sizeBytes),
      makeWritePath: (ports) => this.#mutant.makeWritePath(ports),
      onFatal: (error) => this.run === run && this.#report(`peer ${this.id} dies: ${String(error)}`),
    })
  }

  /** The process is killed: what is on its way in it is gone; the worker's log stays. */
  async crash(): Promise<void> {
    this.worker.events.length = 0
    this.worker.reads.length = 0
    this.worker.answers.length = 0
    this.worker.role = 'follower'
    this.worker.leader = ''
    await this.start()
    this.worker.tellLeadership()
    this.worker.commitTo(this.worker.commit)
  }

  /** Delivers the next event of the worker to main. */
  deliver(): void {
    const event = this.worker.events.shift()
    if (event === undefined) return
    switch (event.kind) {
      case 'leadership':
        return this.replica.onLeadership(event.leadership)
      case 'committed':
        return this.replica.onCommitted(event.entries)
      case 'refused':
        return this.replica.onRefused(event.refusal)
    }
  }

  /** Lets both clocks run; the wall clock may jump by an hour. */
  advance(durationMs: number): void {
    this.clock.monotonic += durationMs
    this.clock.wall += durationMs + (this.#chance.once(20) ? this.#chance.pick([-3_600_000, 3_600_000]) : 0)
    for (const timer of this.timers.filter(({ atMs }) => atMs <= this.clock.monotonic)) {
      this.timers.splice(this.timers.indexOf(timer), 1)
      timer.task()
    }
  }

  #consensus(run: number): Consensus {
    return {
      id: this.id,
      propose: (proposal) => {
        if (this.run !== run) return
        const { leadingTerm, appliedIndex } = this.replica
        // Rule 2, seen from outside: the first index of that term, as this worker's log has it.
        const firstIndex = this.worker.log.findIndex(({ term }) => term === proposal.term) + 1
        if (this.#mutant.assertions && firstIndex > 0 && appliedIndex < firstIndex) {
          this.#report(`peer ${this.id} evaluates in term ${leadingTerm} before it has applied ${firstIndex}`)
        }
        this.toWorker.push({ kind: 'propose', proposal })
      },
      readIndex: () =>
        new Promise((resolve) => {
          if (this.run === run) this.toWorker.push({ kind: 'read', resolve })
        }),
      applied: () => {},
    }
  }

  #recording(disk: MemoryKeyValue): KeyValue {
    return {
      get: (key) => disk.get(key),
      range: (range) => disk.range(range),
      sync: () => disk.sync(),
      snapshot: () => disk.snapshot(),
      close: () => disk.close(),
      batch: async (operations, options) => {
        await disk.batch(operations, options)
        this.#disks.push(disk.copy())
        if (this.#disks.length > 3) this.#disks.shift()
      },
    }
  }
}
