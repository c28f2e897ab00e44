import { randomBytes, randomInt } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js'
import { nodeDisk } from '../store/disk.ts'
import { openGrpcTransport } from '../transport/grpc-transport.ts'
import { systemClock } from './clock.ts'
import { createDie } from './die.ts'
import { endProcess, writeErrorLine } from './end-process.ts'
import { LeaseCell } from './lease-cell.ts'
import { openRuntime } from './open-runtime.ts'
import { threadPort } from './packet-port.ts'
import { PulseCell } from './pulse-cell.ts'
import type { MemberSettings } from './settings.ts'
import { startWatchdog } from './watchdog.ts'
import { WorkerSession } from './worker-session.ts'

/** What main gives the worker. */
export interface WorkerStart {
  readonly settings: MemberSettings
  readonly leaseBuffer: SharedArrayBuffer
  readonly pulseBuffer: SharedArrayBuffer
}

if (parentPort === null) throw new Error('the raft worker is started by startMember')

const { settings, leaseBuffer, pulseBuffer } = workerData as WorkerStart
const session = new WorkerSession(threadPort(parentPort), systemClock)
const die = createDie({
  writeError: writeErrorLine,
  closeSockets: () => session.kill(),
  closeListeners: async () => session.closeListeners('the raft worker ends the process'),
  kill: endProcess,
  after: (delayMs, callback) => setTimeout(callback, delayMs),
})
process.on('uncaughtException', (error) => die('defect', error.stack ?? error.message))
process.on('unhandledRejection', (reason) =>
  die('defect', reason instanceof Error ? (reason.stack ?? '') : String(reason)),
)
startWatchdog({
  pulse: new PulseCell(pulseBuffer),
  self: 'raft',
  clock: systemClock,
  stalled: (reason) => die('thread_stalled', reason),
})
// Its reasons reach the operator through the errors of connections, in the form of all other logs.
setLogVerbosity(logVerbosity.NONE)

await session.run(async () =>
  openRuntime(settings, {
    disk: nodeDisk(settings.dataDir),
    clock: systemClock,
    random: (below) => randomInt(below),
    incarnation: randomBytes(8).toString('hex'),
    lease: new LeaseCell(leaseBuffer),
    outlet: session.outlet,
    die,
    openTransport: async (facts, events) => {
      const { listen, peers } = settings
      return openGrpcTransport({ listen, peers, facts, events })
    },
  }),
)
