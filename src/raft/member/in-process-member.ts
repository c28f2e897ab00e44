import { LeaseCell } from './lease-cell.ts'
import { MemberProxy } from './member-proxy.ts'
import { openRuntime, type RuntimePorts } from './open-runtime.ts'
import { localPorts, type PacketPort } from './packet-port.ts'
import type { LogRecord, Member, MemberEvents } from './port.ts'
import type { MemberSettings } from './settings.ts'
import { WorkerSession } from './worker-session.ts'

/** The world around a member in process: all that a worker would find for itself. */
export interface InProcessPorts extends Omit<RuntimePorts, 'lease' | 'outlet'> {
  readonly log?: (record: LogRecord) => void
}

/**
 * Starts a member in this thread, on the same runtime and with the same packets as `startMember`: for tests, whose
 * coverage does not see into worker threads and whose time must not run by itself. `kill` is a crash: sockets close,
 * nothing more is written, nothing more is told. While main is `busy` it takes no packets; they wait for it.
 */
export async function startInProcessMember(
  settings: MemberSettings,
  events: MemberEvents,
  ports: InProcessPorts,
): Promise<{ readonly member: Member; kill(): void; busy(isBusy: boolean): void }> {
  const lease = new LeaseCell()
  const { clock, log = () => {} } = ports
  const [mainEnd, workerEnd] = localPorts((callback) => clock.defer(callback))
  const closeListeners = async () => {}
  const main = new BusyEnd(mainEnd)
  const proxy = new MemberProxy({ id: settings.self, port: main, clock, lease, events, log, closeListeners })
  const session = new WorkerSession(workerEnd, clock)
  await session.run(async () => openRuntime(settings, { ...ports, lease, outlet: session.outlet }))
  await proxy.started()
  return {
    member: proxy,
    kill: () => {
      mainEnd.close()
      session.kill()
    },
    busy: (isBusy) => main.busy(isBusy),
  }
}

/** An end of the way whose thread can be busy. */
class BusyEnd implements PacketPort {
  readonly #end: PacketPort
  #held: Uint8Array[] | undefined
  #take: (packet: Uint8Array) => void = () => {}

  constructor(end: PacketPort) {
    this.#end = end
  }

  post(packet: Uint8Array<ArrayBuffer>): void {
    this.#end.post(packet)
  }

  listen(handler: (packet: Uint8Array) => void): void {
    this.#take = handler
    this.#end.listen((packet) => {
      if (this.#held === undefined) handler(packet)
      else this.#held.push(packet)
    })
  }

  busy(isBusy: boolean): void {
    const held = this.#held ?? []
    this.#held = isBusy ? held : undefined
    if (!isBusy) for (const packet of held) this.#take(packet)
  }

  close(): void {
    this.#end.close()
  }
}
