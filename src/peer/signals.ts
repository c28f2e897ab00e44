/** Two signals this close are one key press: npm passes the terminal's Ctrl-C on to a process that got it already. */
const echoMs = 500

/** The signals of this process, and how to end it at once; a test has others. */
export interface SignalPorts {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  monotonicMs(): number
  /** Ends the process as nothing can prevent. */
  kill(): void
}

const ofThisProcess: SignalPorts = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  monotonicMs: () => performance.now(),
  kill: () => process.kill(process.pid, 'SIGKILL'),
}

/**
 * Starts something and runs it until the process is told to stop; resolves when it has stopped. Told while it starts,
 * it is stopped as soon as it has. A second signal ends the process at once.
 */
export async function runUntilSignalled<Running extends { stop(): Promise<void> }>(
  start: () => Promise<Running>,
  ports: SignalPorts = ofThisProcess,
): Promise<void> {
  const { promise: signalled, resolve } = Promise.withResolvers<void>()
  let firstAtMs: number | undefined
  const told = (): void => {
    const nowMs = ports.monotonicMs()
    firstAtMs ??= nowMs
    resolve()
    if (nowMs - firstAtMs > echoMs) ports.kill()
  }
  ports.on('SIGTERM', told)
  ports.on('SIGINT', told)
  try {
    const running = await start()
    await signalled
    await running.stop()
  } finally {
    ports.off('SIGTERM', told)
    ports.off('SIGINT', told)
  }
}
