import type { Clock } from '../lib/clock.ts'
import { isTrivetError, trivetError, TrivetError } from '../lib/errors.ts'
import type { Consensus, Leadership, ProposalRefusal, ReadIndexAnswer } from './consensus.ts'
import { confirmationTimeoutMs, proposalsInFlightMax, refusalPauseMs, sliceMsMax, writesWaitingMax } from './limits.ts'
import type { LogClock } from './log-clock.ts'
import { NotLeader } from './not-leader.ts'
import type { PendingRefusal, Proposal } from './pending-write.ts'
import { PendingWrite } from './pending-write.ts'
import type { AppliedEntry } from './pure/applied.ts'
import { checkRequestId } from './pure/check-request-id.ts'
import { EntryBuilder } from './pure/entry-builder.ts'
import type { Evaluated } from './pure/evaluate.ts'
import { evaluate } from './pure/evaluate.ts'
import { Fifo } from './pure/fifo.ts'
import { invariant } from './pure/invariant.ts'
import { Overlay } from './pure/overlay.ts'
import { refusalTransaction } from './pure/refusal-transaction.ts'
import type { Times } from './pure/row-reader.ts'
import { stateVersionOf } from './pure/state-version.ts'
import type { State } from './pure/state.ts'
import { Refused } from './refused.ts'
import type { Scheduler } from './scheduler.ts'
import { WaitingWrites } from './waiting-writes.ts'
import type { WriteAnswer, WriteRequest } from './write-request.ts'

/** What the write path stands on. */
export interface WritePathPorts {
  readonly state: State
  readonly consensus: Consensus
  readonly clock: Clock
  readonly logClock: LogClock
  readonly scheduler: Scheduler
  readonly random: (sizeBytes: number) => Uint8Array
}

/**
 * The way of a write on the leader, by rules 1 to 17 of log.md: evaluated one after another on applied state and
 * what is on its way; proposed in order; answered when applied. Protected methods are seams for tests, which put each
 * of the mistakes in that the rules are there to prevent.
 */
export class WritePath {
  protected readonly ports: WritePathPorts
  protected readonly overlay: Overlay
  /** Those whose transaction is on its way, or may be. */
  protected readonly waiting: WaitingWrites
  /** Not evaluated yet, or to be evaluated again. */
  readonly #queue = new Fifo<PendingWrite>()
  /** Proposed in this term and not applied, in order. */
  readonly #proposals = new Fifo<Proposal>()
  readonly #refused = new Set<PendingWrite>()
  readonly #entry = new EntryBuilder()
  /** What is gathered for the next proposal. */
  #open: Proposal | undefined
  #leading: { readonly term: number; readonly firstIndex: number; lastNumber: number } | undefined
  #leader = ''
  #lastNumber = 0
  #waitingCount = 0
  #isTurnDue = false
  #isHeld = false
  /** The ReadIndex round that the refusals of this loop turn share. */
  #round: Promise<ReadIndexAnswer> | undefined

  constructor(ports: WritePathPorts) {
    this.ports = ports
    this.overlay = new Overlay(ports.state)
    this.waiting = new WaitingWrites(ports.state.incarnation)
  }

  /** The term in which this peer evaluates; undefined while it does not. */
  get term(): number | undefined {
    return this.mayEvaluate() ? this.#leading?.term : undefined
  }

  /** The leader as far as this peer knows; '' if none. */
  get leader(): string {
    return this.#leader
  }

  /** Writes that wait for their answer. */
  get waitingCount(): number {
    return this.#waitingCount
  }

  /**
   * Takes a write. Resolves when its transaction is applied here. Rejects with `NotLeader`: nothing was done, and
   * nothing will be; with `Refused`, which is final; with OVERLOADED; when `signal` aborts, with OUTCOME_UNKNOWN if it
   * may be carried out yet, else with the reason of the signal or CANCELLED; with anything else for a defect of the rule.
   */
  submit(request: WriteRequest): Promise<WriteAnswer> {
    const write = new PendingWrite(request, () => (this.#waitingCount -= 1))
    this.#waitingCount += 1
    if (request.signal.aborted) write.fail(write.cancelled())
    else if (this.#leading === undefined) write.fail(new NotLeader(this.#leader))
    else if (this.#waitingCount > writesWaitingMax) {
      write.fail(trivetError('OVERLOADED', { what: 'the queue of writes', limit: writesWaitingMax, unit: 'writes' }))
    } else {
      this.#queue.push(write)
      this.#turnSoon()
    }
    return write.answer
  }

  /** Log.md, rules 1 and 2: each change of leadership empties the overlay. */
  leadership(change: Leadership): void {
    this.#leader = change.leader
    const isLeader = change.role === 'leader'
    if (isLeader && this.#leading?.term === change.term) return
    this.#stepDown()
    if (isLeader) {
      this.#leading = { term: change.term, firstIndex: change.firstIndex, lastNumber: 0 }
      if (this.mayEvaluate()) this.#begin()
    } else this.#turnAway()
  }

  /** Log.md, rule 7: what was refused is dropped with all behind it, and evaluated again under new numbers. */
  refused({ term, number, reason }: ProposalRefusal): void {
    if (this.#leading?.term !== term) return
    const dropped = [...this.#proposals].filter((proposal) => proposal.number >= number)
    const first = dropped[0]
    // One that was dropped already, behind an earlier one, is not there any more.
    if (first?.number !== number) return
    for (const _ of dropped) this.#proposals.pop()
    this.#leading.lastNumber = first.previous
    this.overlay.drop(first.firstRevision)
    this.#queue.unshift(this.repeatedAfter(dropped))
    if (reason === 'full' || reason === 'gap' || reason === 'transfer') return this.#hold()
    this.#leader = ''
    this.#stepDown()
    this.#turnAway()
  }

  /** An entry was applied to the state. */
  applied(entry: AppliedEntry): void {
    const leading = this.#leading
    const proposal = this.#proposals.peek()
    const isOwn = leading?.term === entry.term && proposal !== undefined && proposal.number === entry.number
    const isForeign = !isOwn && leading?.term === entry.term && entry.number !== 0
    this.expect(!isForeign, `entry ${entry.index} holds proposal ${entry.number}, which this leader does not know of`)
    if (isOwn) {
      this.#proposals.shift()
      this.overlay.applied(this.ports.state.revision)
    }
    this.waiting.answer(entry)
    if (isOwn) for (const write of proposal.writes) this.#uncover(write, proposal)
    this.#repeatLost(this.waiting.takeBefore(entry.term))
    if (leading?.firstIndex === entry.index) this.#begin()
    this.#isHeld = false
    this.#turnSoon()
  }

  /** Nothing is evaluated any more; whoever waits is told what is known. */
  stop(): void {
    this.#leader = ''
    this.#stepDown()
    this.#turnAway()
    for (const write of this.waiting.takeBefore(Infinity)) write.fail(write.unknown())
  }

  /** Throws unless `holds`: the worker appended something else than was evaluated. */
  protected expect(holds: boolean, what: string): void {
    invariant(holds, what)
  }

  /** Rule 2: nothing is evaluated before the first entry of the own term is applied. */
  protected mayEvaluate(): boolean {
    return this.#leading !== undefined && this.ports.state.position.index >= this.#leading.firstIndex
  }

  /** Rule 1. */
  protected emptyOverlay(): void {
    this.overlay.clear()
  }

  /** Rule 6: a number is never used again. */
  protected nextNumber(_previous: number): number {
    this.#lastNumber += 1
    return this.#lastNumber
  }

  /** Rule 7: what dropped proposals carried, what waited for that, and the refusals that stood on it, in order. */
  protected repeatedAfter(dropped: readonly Proposal[]): PendingWrite[] {
    return dropped.flatMap(({ writes }) => writes.flatMap((write) => this.takeBack(write)))
  }

  /** Gives a write, and what waits for its transaction, to be evaluated again. */
  protected takeBack(write: PendingWrite): PendingWrite[] {
    if (write.stage === 'queued') return []
    const writes = write.stage === 'proposed' ? this.waiting.take(write.key) : [write]
    for (const one of writes) {
      this.#refused.delete(one)
      one.stage = 'queued'
      one.refusal = undefined
    }
    return writes
  }

  /** Rule 11: a refusal waits until the last proposal, the open one included, is applied. */
  protected standsOn(): Proposal | undefined {
    return this.#open ?? this.#proposals.at(this.#proposals.length - 1)
  }

  /** Rule 11: a round that begins after the request arrived. Refusals of one loop turn share it. */
  protected confirmation(): Promise<ReadIndexAnswer> {
    this.#round ??= this.ports.consensus.readIndex(confirmationTimeoutMs)
    return this.#round
  }

  /** Rule 11: this very peer must have answered it, as leader of the same term. */
  protected confirms(answer: ReadIndexAnswer, term: number): boolean {
    return answer.ok && answer.leader === this.ports.consensus.id && answer.term === term
  }

  /** Rule 15: what is on its way already is waited for; if it is dropped, this one is evaluated again with it. */
  protected waitFor(write: PendingWrite, others: PendingWrite[]): void {
    write.stage = 'proposed'
    write.term = others[0]!.term
    others.push(write)
  }

  /** Rule 16: a first try that is refused leaves nothing, a retry leaves an outcome. */
  protected leavesOutcome(write: PendingWrite): boolean {
    return write.request.retry
  }

  /** Sends what was gathered on its way. */
  protected propose(proposal: Proposal): void {
    const leading = this.#leading!
    const { term, lastNumber: previous } = leading
    const number = this.nextNumber(previous)
    const { firstRevision, stateVersion } = Object.assign(proposal, { number, previous })
    const data = this.#entry.build({ stateVersion, term, number, previous, firstRevision })
    leading.lastNumber = number
    this.#open = undefined
    this.#proposals.push(proposal)
    this.ports.consensus.propose({ term, number, previous, data })
  }

  #turnSoon(): void {
    if (this.#isTurnDue || this.#queue.length === 0) return
    this.#isTurnDue = true
    this.ports.scheduler.soon(() => this.#turn())
  }

  /** Group commit: what came in since the last turn is evaluated together, and shares entries. */
  #turn(): void {
    this.#isTurnDue = false
    this.#round = undefined
    if (!this.mayEvaluate()) return
    const { clock, logClock } = this.ports
    // Rule 4: stamped once a turn.
    const times = { timeMs: Math.floor(clock.wallMs()), logTimeMs: logClock.now() }
    const endMs = clock.monotonicMs() + sliceMsMax
    while (this.#queue.length > 0 && !this.#isHeld && this.#proposals.length < proposalsInFlightMax) {
      if (clock.monotonicMs() > endMs) {
        this.#turnSoon()
        break
      }
      const write = this.#queue.shift()!
      if (!write.isSettled) this.#evaluate(write, times)
    }
    if (this.#open !== undefined) this.propose(this.#open)
  }

  #evaluate(write: PendingWrite, times: Times): void {
    const { state, random } = this.ports
    const { request } = write
    const kept = state.outcomes.get(request.principal, request.requestId)
    if (kept !== undefined) return write.settle(kept, { incarnation: state.incarnation, replayed: true })
    const others = this.waiting.get(write.key)
    if (others !== undefined) return this.waitFor(write, others)
    try {
      checkRequestId(request.requestId, { floor: state.outcomes.floor, logTimeMs: times.logTimeMs })
    } catch (error) {
      // No reason for good: when log time has caught up, an earlier try that is on its way yet is carried out. Nor may an
      // outcome be left, whose eviction would raise the floor up to that id.
      if (request.retry && isTrivetError(error, 'REQUEST_ID_IN_FUTURE')) return write.fail(write.unknown())
      // Such an id leaves no outcome, for the reason that refuses it holds for every other try as well.
      return this.#refuse(write, error as TrivetError)
    }
    const { catalog, incarnation } = state
    try {
      this.#add(write, evaluate({ catalog, incarnation, source: this.overlay, times, random }, request))
    } catch (error) {
      if (!(error instanceof TrivetError)) write.fail(error as Error)
      else if (this.leavesOutcome(write)) this.#add(write, refusalTransaction(times, request, error))
      else this.#refuse(write, error)
    }
  }

  #add(write: PendingWrite, { bytes, writes }: Evaluated): void {
    if (this.#open !== undefined && !this.#entry.fits(bytes.length)) this.propose(this.#open)
    const stateVersion = stateVersionOf(this.overlay)
    this.#open ??= { number: 0, previous: 0, firstRevision: this.overlay.revision + 1, stateVersion, writes: [] }
    this.#open.writes.push(write)
    this.#entry.add(bytes)
    this.overlay.push(writes)
    write.stage = 'proposed'
    write.term = this.#leading!.term
    this.waiting.add(write)
    // Rule 9: an entry is of one state version, so what is behind a change of it goes into the next one.
    if (stateVersionOf(this.overlay) !== stateVersion) this.propose(this.#open)
  }

  #refuse(write: PendingWrite, error: TrivetError): void {
    const standsOn = this.standsOn()
    const refusal = { error: new Refused(error, this.overlay.revision), standsOn, isConfirmed: false }
    standsOn?.writes.push(write)
    write.stage = 'refused'
    write.refusal = refusal
    this.#refused.add(write)
    void this.#confirm(write, refusal)
  }

  async #confirm(write: PendingWrite, refusal: PendingRefusal): Promise<void> {
    const { term } = this.#leading!
    const answer = await this.confirmation()
    // It was evaluated again in the meantime.
    if (write.refusal !== refusal) return
    if (this.confirms(answer, term)) {
      refusal.isConfirmed = true
      this.#finish(write)
    } else if (answer.ok || answer.reason === 'timeout') {
      this.#queue.unshift(this.takeBack(write))
      this.#turnSoon()
    } else {
      this.takeBack(write)
      write.fail(new NotLeader(''))
    }
  }

  /** What a refusal stands on was applied. */
  #uncover(write: PendingWrite, proposal: Proposal): void {
    if (write.refusal?.standsOn !== proposal) return
    write.refusal.standsOn = undefined
    this.#finish(write)
  }

  #finish(write: PendingWrite): void {
    const refusal = write.refusal!
    if (refusal.standsOn !== undefined || !refusal.isConfirmed) return
    this.#refused.delete(write)
    write.fail(refusal.error)
  }

  /** The first entry of the own term is applied. */
  #begin(): void {
    this.ports.logClock.lead()
    this.#turnSoon()
  }

  /**
   * Leadership ended. What was proposed is of unknown outcome until an entry of a later term is applied; refusals are
   * nothing yet, and are evaluated again wherever that may be.
   */
  #stepDown(): void {
    if (this.#leading === undefined) return
    this.#leading = undefined
    this.#proposals.drain()
    this.#isHeld = false
    this.#queue.unshift([...this.#refused].flatMap((write) => this.takeBack(write)))
    this.emptyOverlay()
    this.ports.logClock.follow()
  }

  /** Sends away what was not proposed: another peer evaluates it. */
  #turnAway(): void {
    for (const write of this.#queue.drain()) write.fail(new NotLeader(this.#leader))
  }

  /** What was proposed and lost: evaluated again here, or elsewhere. */
  #repeatLost(lost: readonly PendingWrite[]): void {
    if (lost.length === 0) return
    for (const write of lost) write.stage = 'queued'
    if (this.#leading === undefined) for (const write of lost) write.fail(new NotLeader(this.#leader))
    else this.#queue.unshift(lost)
  }

  /** Back-pressure: waits until something is applied, or for a moment. */
  #hold(): void {
    this.#isHeld = true
    this.ports.scheduler.after(refusalPauseMs, () => {
      this.#isHeld = false
      this.#turnSoon()
    })
  }
}
