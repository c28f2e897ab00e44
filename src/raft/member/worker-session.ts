import { TrivetError } from '../../lib/errors.ts'
import type { Clock } from './clock.ts'
import { readCommand, type Command } from './command.ts'
import { writeEvent, type Event, type StartFailure } from './event.ts'
import type { Outlet } from './outlet.ts'
import type { PacketPort } from './packet-port.ts'
import { PacketReader } from './packet-reader.ts'
import { PacketWriter } from './packet-writer.ts'
import type { Runtime } from './runtime.ts'

/** A packet is sent before the end of the turn once it holds this much. */
const packetBytesTarget = 1024 * 1024

/**
 * The worker's end of the way to main: carries out its commands on the runtime, and packs what the runtime tells into
 * one packet for each turn of the loop.
 */
export class WorkerSession {
  readonly outlet: Outlet
  readonly #port: PacketPort
  readonly #clock: Clock
  readonly #writer = new PacketWriter()
  #runtime: Runtime | undefined
  #isFlushDue = false
  #listenersClosed: (() => void) | undefined

  constructor(port: PacketPort, clock: Clock) {
    this.#port = port
    this.#clock = clock
    this.outlet = {
      leadership: (leadership) => this.#tell({ kind: 'leadership', leadership }),
      committed: (entries) => this.#tell({ kind: 'committed', entries }),
      refused: (refusal) => this.#tell({ kind: 'refused', ...refusal }),
      configuration: (configuration) => this.#tell({ kind: 'configuration', configuration }),
      relayed: (message) => this.#tell({ kind: 'relayed', ...message }),
      connection: (change) => this.#tell({ kind: 'connection', ...change }),
      damaged: (reason) => this.#tell({ kind: 'damaged', reason }),
      repairing: (reason) => this.#tell({ kind: 'repairing', reason }),
      syncWanted: (index) => this.#tell({ kind: 'sync_wanted', index }),
      snapshotWanted: () => this.#tell({ kind: 'snapshot_wanted' }),
      snapshotUnused: (snapshot) => this.#tell({ kind: 'snapshot_unused', snapshot }),
      snapshotArrived: (index) => this.#tell({ kind: 'snapshot_arrived', index }),
      readAnswered: (id, answer) => this.#tell({ kind: 'read_answered', id, answer }),
      probe: () => this.#tell({ kind: 'probe' }),
      log: (record) => this.#tell({ kind: 'log', record }),
    }
  }

  /** Opens the runtime, tells main how that went, and serves its commands from then on. */
  async run(open: () => Promise<{ readonly runtime: Runtime; readonly address: string }>): Promise<void> {
    this.#port.listen((packet) => this.#receive(packet))
    try {
      const { runtime, address } = await open()
      this.#runtime = runtime
      this.#tell({ kind: 'started', address })
    } catch (error) {
      this.#tell({ kind: 'failed', failure: failureOf(error) })
    }
  }

  /** Closes the sockets of the runtime in this turn. */
  kill(): void {
    this.#runtime?.kill()
  }

  /** Asks main to close its listeners; resolves once it has. */
  async closeListeners(reason: string): Promise<void> {
    return new Promise((resolve) => {
      this.#listenersClosed = resolve
      this.#tell({ kind: 'dying', reason })
      this.#flush()
    })
  }

  #receive(packet: Uint8Array): void {
    const reader = new PacketReader(packet)
    while (reader.hasMore) this.#carryOut(readCommand(reader))
  }

  #carryOut(command: Command): void {
    const runtime = this.#runtime
    if (command.kind === 'listeners_closed') return this.#listenersClosed?.()
    // Main sends nothing else before it knows that the runtime has started.
    if (runtime === undefined) throw new Error(`${command.kind} came before the start`)
    switch (command.kind) {
      case 'propose':
        return runtime.propose(command.proposal)
      case 'read_index':
        return runtime.readIndex(command)
      case 'applied':
        return runtime.applied(command.index)
      case 'log_point':
        return this.#tell({ kind: 'log_point', id: command.id, point: runtime.logPoint(command.index) })
      case 'transfer_leader':
        return this.#tell({
          kind: 'transfer_answered',
          id: command.id,
          answer: runtime.transferLeader(command.to),
        })
      case 'propose_conf_change':
        return this.#tell({
          kind: 'conf_change_answered',
          id: command.id,
          answer: runtime.proposeConfChange(command.change),
        })
      case 'snapshot_made':
        return runtime.snapshotMade(command.snapshot)
      case 'state_synced':
        return runtime.stateSynced(command.index)
      case 'relay':
        return runtime.relay(command.to, command.payload)
      case 'relays_taken':
        return runtime.relaysTaken(command.bytes)
      case 'probe_answered':
        return runtime.probeAnswered()
      case 'status':
        return this.#tell({ kind: 'status', id: command.id, status: runtime.status() })
      case 'stop':
        void runtime.stop().then(() => this.#tell({ kind: 'stopped' }))
    }
  }

  #tell(event: Event): void {
    writeEvent(this.#writer, event)
    if (this.#writer.sizeBytes >= packetBytesTarget) return this.#flush()
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    this.#clock.defer(() => this.#flush())
  }

  #flush(): void {
    this.#isFlushDue = false
    if (this.#writer.sizeBytes > 0) this.#port.post(this.#writer.take())
  }
}

function failureOf(error: unknown): StartFailure {
  if (!(error instanceof TrivetError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { code: undefined, params: {}, message }
  }
  const params = Object.fromEntries(Object.entries(error.params).map(([name, value]) => [name, String(value)]))
  return { code: error.code, params, message: error.message }
}
