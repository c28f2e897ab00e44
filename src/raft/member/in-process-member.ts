import { LeaseCell } from './lease-cell.ts'
import { MemberProxy } from './member-proxy.ts'
import { openRuntime, type RuntimePorts } from './open-runtime.ts'
import { localPorts } from './packet-port.ts'
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
 * nothing more is written, nothing more is told.
 */
export async function startInProcessMember(
  settings: MemberSettings,
  events: MemberEvents,
  ports: InProcessPorts,
): Promise<{ readonly member: Member; kill(): void }> {
  const lease = new LeaseCell()
  const { clock, log = () => {} } = ports
  const [mainEnd, workerEnd] = localPorts((callback) => clock.defer(callback))
  const closeListeners = async () => {}
  const proxy = new MemberProxy({ id: settings.self, port: mainEnd, clock, lease, events, log, closeListeners })
  const session = new WorkerSession(workerEnd, clock)
  await session.run(async () => openRuntime(settings, { ...ports, lease, outlet: session.outlet }))
  await proxy.started()
  return {
    member: proxy,
    kill: () => {
      mainEnd.close()
      session.kill()
    },
  }
}
