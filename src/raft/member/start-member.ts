import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { createDie, type Die } from './die.ts'
import { endProcess, writeErrorLine } from './end-process.ts'
import { LeaseCell } from './lease-cell.ts'
import { MemberProxy } from './member-proxy.ts'
import { threadPort } from './packet-port.ts'
import { PulseCell } from './pulse-cell.ts'
import type { LogRecord, Member, MemberEvents } from './port.ts'
import type { MemberSettings } from './settings.ts'
import { startWatchdog } from './watchdog.ts'
import type { WorkerStart } from './worker.ts'

/** Settings of the member, and what main does for it. */
export interface MemberOptions extends MemberSettings {
  /** What the worker wants the operator to read. */
  readonly log?: (record: LogRecord) => void
  /** Closes the listeners of main, because the process is about to be killed; it has a second. */
  readonly closeListeners?: (reason: string) => Promise<void>
  /** How the process ends when the worker has ended; a test replaces it. */
  readonly die?: Die
}

/**
 * Starts the member in a thread of its own. No event comes before the caller has gone on with the member. Rejects with the reason if it does not start: DATA_DIRECTORY_FOREIGN,
 * DATA_DIRECTORY_LOCKED, DATA_FORMAT_UNKNOWN, LONE_PEER_DAMAGED, PEER_LISTENER_NOT_LOOPBACK, LISTEN_FAILED.
 */
export async function startMember(options: MemberOptions, events: MemberEvents): Promise<Member> {
  const { log = () => {}, closeListeners = async () => {}, die: givenDie, ...settings } = options
  const lease = new LeaseCell()
  const pulse = new PulseCell()
  const workerData: WorkerStart = { settings, leaseBuffer: lease.buffer, pulseBuffer: pulse.buffer }
  // The file is not rewritten by the compiler, so its ending is that of this one: `.ts` in development, `.js` in a package.
  const worker = new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'raft',
    workerData,
  })
  let isEnding = false
  const port = threadPort(worker, () => {
    isEnding = true
    stopWatchdog()
    void worker.terminate()
  })
  const proxy = new MemberProxy({ id: settings.self, port, clock: systemClock, lease, events, log, closeListeners })
  const die =
    givenDie ??
    createDie({
      writeError: writeErrorLine,
      closeSockets: () => {},
      closeListeners: async () => closeListeners('the worker has ended'),
      kill: endProcess,
      after: (delayMs, callback) => setTimeout(callback, delayMs),
    })
  const stalled = (reason: string) => die('thread_stalled', reason)
  const stopWatchdog = startWatchdog({ pulse, self: 'main', clock: systemClock, stalled })
  worker.on('error', (error) => {
    if (!isEnding) die('worker_ended', error instanceof Error ? (error.stack ?? error.message) : String(error))
  })
  worker.on('exit', (code) => {
    if (!isEnding) die('worker_ended', `the worker ended by itself with code ${code}`)
  })
  try {
    await proxy.started()
  } catch (error) {
    isEnding = true
    stopWatchdog()
    await worker.terminate()
    throw error
  }
  return proxy
}
