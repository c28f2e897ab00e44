import { trivetError } from '../../lib/errors.ts'
import type { Evaluation } from '../../state/read.ts'
import type { GivenState } from '../../state/testing/given.ts'
import type { WriteAnswer } from '../../state/write-request.ts'
import type { Rule, Write } from '../../state/write.ts'
import type { Controller, ControllerContext, TouchedRow } from '../kernel/controller.ts'
import type { VirtualTime } from './virtual-time.ts'

/** How long a commit takes. */
const commitMs = 4

/** A point of a story at which a leader may die: what it is about to do, or has just done. */
export type Moment = string

/** How a leader ends. `killed`: nothing of it runs on. `deposed`: it is told, and what was on its way is unknown. */
export type LeaderEnd = 'killed' | 'deposed'

/** What becomes of a leader at a moment. */
export type AtMoment = (moment: Moment) => LeaderEnd | undefined

/**
 * A cluster without peers: one state in memory, and one leader after another that runs controllers on it, each for its
 * term. What a leader of an earlier term still tries does not happen.
 */
export class VirtualCluster {
  readonly state: GivenState
  readonly time: VirtualTime
  /** Every moment that was passed, in order. */
  readonly moments: Moment[] = []
  readonly log: { readonly level: string; readonly message: string; readonly facts: unknown }[] = []
  atMoment: AtMoment = () => undefined
  readonly #listeners = new Set<{ readonly tables: readonly string[]; readonly tell: (rows: TouchedRow[]) => void }>()
  #term = 0

  constructor(state: GivenState, time: VirtualTime) {
    this.state = state
    this.time = time
  }

  /** Elects a leader of the next term, which runs these controllers. */
  elect(...controllers: readonly Controller[]): VirtualLeader {
    this.#term += 1
    return new VirtualLeader(this, this.#term, controllers)
  }

  /** Runs a rule as somebody else's request, and tells the controllers of what it changed. */
  submit<Request>(rule: Rule<Request>, request: Request): WriteAnswer {
    const touched: TouchedRow[] = []
    const answer = this.state.run((read: Evaluation) => {
      const writes = rule(read, request)
      touched.push(...touchedBy(writes))
      return writes
    }, undefined)
    for (const { tables, tell } of this.#listeners) {
      const concerned = touched.filter(({ table }) => tables.includes(table))
      if (concerned.length > 0) tell(concerned)
    }
    return answer
  }

  onChange(tables: readonly string[], tell: (rows: readonly TouchedRow[]) => void): () => void {
    const listener = { tables, tell }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** One leader in its term. */
export class VirtualLeader {
  readonly term: number
  /** Resolves when its controllers have ended; never for one that was killed while they waited. */
  readonly ended: Promise<void>
  /** False: another peer may lead by now, although nobody told this one. */
  leaseHolds = true
  readonly #cluster: VirtualCluster
  readonly #controller = new AbortController()
  #end: LeaderEnd | undefined

  constructor(cluster: VirtualCluster, term: number, controllers: readonly Controller[]) {
    this.#cluster = cluster
    this.term = term
    const context = this.#context()
    this.ended = Promise.all(controllers.map((controller) => controller.run(context))).then(() => undefined)
    // A story that ends before its leader does has no use for how that ended.
    this.ended.catch(() => undefined)
  }

  get end(): LeaderEnd | undefined {
    return this.#end
  }

  /** Ends this leader. */
  finish(end: LeaderEnd): void {
    this.#end ??= end
    this.#controller.abort()
  }

  /** Passes a moment: the leader may end there. Resolves when it goes on. */
  async pass(moment: Moment): Promise<void> {
    if (this.#end === undefined) {
      this.#cluster.moments.push(moment)
      const end = this.#cluster.atMoment(moment)
      if (end !== undefined) this.finish(end)
    }
    if (this.#end === 'killed') await new Promise<never>(() => undefined)
  }

  #context(): ControllerContext {
    const cluster = this.#cluster
    const { signal } = this.#controller
    return {
      term: this.term,
      signal,
      reader: () => cluster.state,
      commit: (rule, request) => this.#commit(rule, request),
      leaseHolds: () => this.leaseHolds && this.#end === undefined,
      onChange: (tables, listener) => cluster.onChange(tables, listener),
      sleep: (ms) => cluster.time.sleep(ms, signal),
      logTimeMs: () => cluster.state.logTimeMs,
      log: (level, message, facts) => void cluster.log.push({ level, message, facts }),
    }
  }

  async #commit<Request>(rule: Rule<Request>, request: Request): Promise<WriteAnswer> {
    await this.pass(`${rule.name} is not committed`)
    this.#requireOffice()
    await this.#cluster.time.sleep(commitMs)
    await this.pass(`${rule.name} is lost`)
    this.#requireOffice()
    const answer = this.#cluster.submit(rule, request)
    await this.pass(`${rule.name} is committed`)
    this.#requireOffice()
    return answer
  }

  /** A deposed leader is not told what became of its writes. */
  #requireOffice(): void {
    if (this.#end !== undefined) throw trivetError('OUTCOME_UNKNOWN', { requestId: `of term ${this.term}` })
  }
}

function touchedBy(writes: readonly Write[]): TouchedRow[] {
  return writes.filter(({ kind }) => kind !== 'keep').map(({ table, key }) => ({ table: table.name, key }))
}
