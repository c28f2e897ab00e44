import type { MembershipChange } from '../store/conf-change-entry.ts'
import { trivetError, TrivetError, type ErrorCode } from '../../lib/errors.ts'
import type { PeerId } from '../core/types.ts'
import type { Clock, Stop } from './clock.ts'
import { writeCommand, type Command } from './command.ts'
import { readEvent, type Event, type StartFailure } from './event.ts'
import type { Lease, LeaseCell } from './lease-cell.ts'
import type { PacketPort } from './packet-port.ts'
import { PacketReader } from './packet-reader.ts'
import { PacketWriter } from './packet-writer.ts'
import type {
  ConfChangeAnswer,
  LogPoint,
  LogRecord,
  MadeSnapshot,
  Member,
  MemberEvents,
  MemberStatus,
  Proposal,
  ReadIndexAnswer,
  TransferAnswer,
} from './port.ts'
import { entrySizeBytesMax, relaySizeBytesMax } from '../transport/limits.ts'

/** A packet is sent before the end of the turn once it holds this much. */
const packetBytesTarget = 1024 * 1024

export interface MemberProxyOptions {
  readonly id: PeerId
  readonly port: PacketPort
  readonly clock: Clock
  readonly lease: LeaseCell
  readonly events: MemberEvents
  /** What the worker wants the operator to read. */
  log(record: LogRecord): void
  /** The worker is about to end the process. */
  closeListeners(reason: string): Promise<void>
}

/** Reads of one turn with the same time-out: one question to the worker. */
interface Reading {
  readonly answer: Promise<ReadIndexAnswer>
  readonly resolve: (answer: ReadIndexAnswer) => void
  readonly stopTimer: Stop
}

/** What is handled although the member has not started yet. */
const beforeStart: ReadonlySet<Event['kind']> = new Set(['log', 'started', 'failed', 'dying'])

/** Main's end of the way to the worker: the member as the rest of the program sees it. */
export class MemberProxy implements Member {
  readonly id: PeerId
  readonly #options: MemberProxyOptions
  readonly #writer = new PacketWriter()
  readonly #connected = new Set<PeerId>()
  readonly #readings = new Map<number, Reading>()
  /** Of this turn, by time-out. */
  readonly #joinable = new Map<number, Promise<ReadIndexAnswer>>()
  readonly #points = new Map<number, PromiseWithResolvers<LogPoint | undefined>>()
  readonly #transfers = new Map<number, PromiseWithResolvers<TransferAnswer>>()
  readonly #confChanges = new Map<number, PromiseWithResolvers<ConfChangeAnswer>>()
  readonly #statuses = new Map<number, PromiseWithResolvers<MemberStatus>>()
  readonly #started: { resolve(address: string): void; reject(error: Error): void; promise: Promise<string> }
  readonly #stopped = Promise.withResolvers<void>()
  /** Events that came before the start had been told; undefined afterwards. */
  #held: Event[] | undefined = []
  #address = ''
  #lastId = 0
  #relaysTaken = 0
  #isStopping = false
  #isFlushDue = false

  constructor(options: MemberProxyOptions) {
    this.id = options.id
    this.#options = options
    this.#started = Promise.withResolvers<string>()
    options.port.listen((packet) => this.#receive(packet))
  }

  /** Resolves once the member has started; rejects with the reason why it has not. */
  async started(): Promise<void> {
    this.#address = await this.#started.promise
  }

  get address(): string {
    return this.#address
  }

  propose(proposal: Proposal): void {
    if (proposal.data.length > entrySizeBytesMax) {
      throw new RangeError(`an entry of ${proposal.data.length} bytes; at most ${entrySizeBytesMax} fit`)
    }
    if (this.#isStopping) {
      const { term, number } = proposal
      return this.#options.events.refused({ term, number, reason: 'stopping' })
    }
    this.#send({ kind: 'propose', proposal })
  }

  readIndex(timeoutMs: number): Promise<ReadIndexAnswer> {
    if (this.#isStopping) return Promise.resolve({ ok: false, reason: 'stopped' })
    const joined = this.#joinable.get(timeoutMs)
    if (joined !== undefined) return joined
    const id = ++this.#lastId
    const { promise, resolve } = Promise.withResolvers<ReadIndexAnswer>()
    // The worker gives up at its next tick; a caller who has little time is told at the end of it.
    const stopTimer = this.#options.clock.after(timeoutMs, () => this.#answer(id, { ok: false, reason: 'timeout' }))
    this.#readings.set(id, { answer: promise, resolve, stopTimer })
    this.#joinable.set(timeoutMs, promise)
    this.#send({ kind: 'read_index', id, timeoutMs })
    return promise
  }

  applied(index: number): void {
    this.#send({ kind: 'applied', index })
  }

  stateSynced(index: number): void {
    this.#send({ kind: 'state_synced', index })
  }

  logPoint(index: number): Promise<LogPoint | undefined> {
    if (this.#isStopping) return Promise.resolve(undefined)
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<LogPoint | undefined>()
    this.#points.set(id, waiting)
    this.#send({ kind: 'log_point', id, index })
    return waiting.promise
  }

  snapshotMade(snapshot: MadeSnapshot | undefined): void {
    this.#send({ kind: 'snapshot_made', snapshot })
  }

  transferLeader(to: PeerId): Promise<TransferAnswer> {
    if (this.#isStopping) return Promise.resolve({ ok: false, reason: 'stopped' })
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<TransferAnswer>()
    this.#transfers.set(id, waiting)
    this.#send({ kind: 'transfer_leader', id, to })
    return waiting.promise
  }

  proposeConfChange(change: MembershipChange): Promise<ConfChangeAnswer> {
    if (this.#isStopping) return Promise.resolve({ ok: false, reason: 'stopped' })
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<ConfChangeAnswer>()
    this.#confChanges.set(id, waiting)
    this.#send({ kind: 'propose_conf_change', id, change })
    return waiting.promise
  }

  relay(to: PeerId, payload: Uint8Array): boolean {
    if (payload.length > relaySizeBytesMax) {
      throw new RangeError(`a relay of ${payload.length} bytes; at most ${relaySizeBytesMax} fit`)
    }
    if (this.#isStopping || !this.#connected.has(to)) return false
    this.#send({ kind: 'relay', to, payload })
    return true
  }

  lease(): Lease {
    return this.#options.lease.read()
  }

  async status(): Promise<MemberStatus> {
    if (this.#isStopping) throw trivetError('NOT_READY', { reason: 'it is stopping' })
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<MemberStatus>()
    this.#statuses.set(id, waiting)
    this.#send({ kind: 'status', id })
    return waiting.promise
  }

  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      this.#send({ kind: 'stop' })
    }
    return this.#stopped.promise
  }

  #receive(packet: Uint8Array): void {
    const reader = new PacketReader(packet)
    while (reader.hasMore) {
      const event = readEvent(reader)
      if (this.#held === undefined || beforeStart.has(event.kind)) this.#handle(event)
      else this.#held.push(event)
    }
  }

  /** The caller has its member only when the promise of the start has run its course: events come after that. */
  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const event of held) this.#handle(event)
  }

  #handle(event: Event): void {
    const { events } = this.#options
    switch (event.kind) {
      case 'leadership':
        return events.leadership(event.leadership)
      case 'committed':
        return events.committed(event.entries)
      case 'refused':
        return events.refused({ term: event.term, number: event.number, reason: event.reason })
      case 'relayed':
        events.relayed({ from: event.from, payload: event.payload })
        this.#relaysTaken += event.payload.length
        return this.#flushLater()
      case 'connection':
        if (event.connected) this.#connected.add(event.peer)
        else this.#connected.delete(event.peer)
        return events.connection({ peer: event.peer, connected: event.connected })
      case 'damaged':
        return events.damaged(event.reason)
      case 'repairing':
        return events.repairing(event.reason)
      case 'sync_wanted':
        return events.syncWanted(event.index)
      case 'snapshot_wanted':
        return events.snapshotWanted()
      case 'snapshot_unused':
        return events.snapshotUnused(event.snapshot)
      case 'snapshot_arrived':
        return events.snapshotArrived(event.index)
      case 'log_point':
        this.#points.get(event.id)?.resolve(event.point)
        this.#points.delete(event.id)
        return
      case 'read_answered':
        return this.#answer(event.id, event.answer)
      case 'transfer_answered':
        this.#transfers.get(event.id)?.resolve(event.answer)
        this.#transfers.delete(event.id)
        return
      case 'conf_change_answered':
        this.#confChanges.get(event.id)?.resolve(event.answer)
        this.#confChanges.delete(event.id)
        return
      case 'configuration':
        return events.configuration(event.configuration)
      case 'status':
        this.#statuses.get(event.id)?.resolve(event.status)
        this.#statuses.delete(event.id)
        return
      case 'probe':
        return this.#send({ kind: 'probe_answered' })
      case 'log':
        return this.#options.log(event.record)
      case 'started':
        this.#started.resolve(event.address)
        return this.#options.clock.defer(() => this.#release())
      case 'failed':
        return this.#started.reject(errorOf(event.failure))
      case 'dying':
        void this.#options.closeListeners(event.reason).finally(() => this.#send({ kind: 'listeners_closed' }))
        return
      case 'stopped':
        for (const id of this.#readings.keys()) this.#answer(id, { ok: false, reason: 'stopped' })
        for (const waiting of this.#points.values()) waiting.resolve(undefined)
        for (const waiting of this.#confChanges.values()) waiting.resolve({ ok: false, reason: 'stopped' })
        for (const waiting of this.#transfers.values()) waiting.resolve({ ok: false, reason: 'stopped' })
        for (const waiting of this.#statuses.values()) {
          waiting.reject(trivetError('NOT_READY', { reason: 'it is stopping' }))
        }
        this.#options.port.close()
        this.#stopped.resolve()
    }
  }

  #answer(id: number, answer: ReadIndexAnswer): void {
    const reading = this.#readings.get(id)
    if (reading === undefined) return
    this.#readings.delete(id)
    reading.stopTimer()
    reading.resolve(answer)
  }

  #send(command: Command): void {
    writeCommand(this.#writer, command)
    if (this.#writer.sizeBytes >= packetBytesTarget) this.#flush()
    else this.#flushLater()
  }

  #flushLater(): void {
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    this.#options.clock.defer(() => this.#flush())
  }

  #flush(): void {
    this.#isFlushDue = false
    this.#joinable.clear()
    if (this.#relaysTaken > 0) writeCommand(this.#writer, { kind: 'relays_taken', bytes: this.#relaysTaken })
    this.#relaysTaken = 0
    if (this.#writer.sizeBytes > 0) this.#options.port.post(this.#writer.take())
  }
}

function errorOf(failure: StartFailure): Error {
  const { code, params, message } = failure
  return code === undefined ? new Error(message) : new TrivetError(code as ErrorCode, params)
}
