/** Two signals this close are one key press: npm passes the terminal's Ctrl-C on to a process that got it already. */
const echoMs = 500

/** Resolves when the process was told to stop and `stop` has ended. A second signal ends it at once. */
export async function runUntilSignalled(stop: () => Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let firstAtMs: number | undefined
  const told = (): void => {
    const nowMs = performance.now()
    if (firstAtMs === undefined) {
      firstAtMs = nowMs
      stop().then(resolve, reject)
    } else if (nowMs - firstAtMs > echoMs) {
      process.kill(process.pid, 'SIGKILL')
    }
  }
  process.on('SIGTERM', told)
  process.on('SIGINT', told)
  await promise
  process.off('SIGTERM', told)
  process.off('SIGINT', told)
}
