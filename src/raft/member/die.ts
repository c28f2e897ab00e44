/** What may end the process. */
export type DeathCode =
  | 'log_write_failed'
  | 'log_write_stalled'
  | 'thread_stalled'
  | 'defect'
  | 'worker_ended'
  | 'state_version_unknown'

/** Ends the process, now and for good. Returns, because the thread has something left to do, but nothing is served. */
export type Die = (code: DeathCode, reason: string) => void

export interface DiePorts {
  /**
   * Writes to standard error, without holding this thread up: that may be a file on the very disk that hangs, and
   * whoever waits for it does not die.
   */
  writeError(line: string): Promise<void>
  /** Closes the sockets of this thread in this very turn. */
  closeSockets(): void
  /** Asks the main thread to close its listeners. */
  closeListeners(): Promise<void>
  /** Ends the process as nothing can prevent. */
  kill(): void
  after(delayMs: number, callback: () => void): void
}

/** The main thread gets this long to close its listeners, and the reason as long to be written. */
export const closeListenersMs = 1000

/**
 * The one way to die. On a disk that does not answer, a killed process is not gone until the kernel lets it go, and it
 * keeps accepting connections meanwhile: so sockets are closed first, and only then the process is killed.
 * `process.exit` will not do: in a worker it ends the thread alone, and in main it may wait for what hangs.
 */
export function createDie(ports: DiePorts): Die {
  let dying = false
  return (code, reason) => {
    if (dying) return
    dying = true
    // In the form of all other lines of the log.
    const time = new Date().toISOString()
    const line = { level: 'fatal', time, pid: process.pid, code, message: `trivet ends: ${reason}` }
    void attempt(() => ports.closeSockets())
    ports.after(closeListenersMs, () => ports.kill())
    void Promise.allSettled([
      attempt(() => ports.writeError(`${JSON.stringify(line)}\n`)),
      attempt(() => ports.closeListeners()),
    ]).then(() => ports.kill())
  }
}

/** Whatever fails on the way, the process must end. */
function attempt(step: () => Promise<void> | void): Promise<void> | void {
  try {
    return step()
  } catch {
    // The next step is tried all the same.
  }
}
