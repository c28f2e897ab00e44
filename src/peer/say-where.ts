/** Pause before a peer says again where it is reached, when the first try found no leader. */
const retryMs = 500

/**
 * Says where this peer is reached until the cluster has it, or `signal` aborts. What it says is kept as it is until it
 * says something else, so a restart on the same addresses changes no script.
 */
export async function sayWhere(ports: {
  /** Rejects while there is no leader, or when its answer was lost. Saying it twice does no harm. */
  readonly say: () => Promise<void>
  readonly failed: (error: unknown) => void
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}): Promise<void> {
  const { say, failed, pause, signal } = ports
  while (!signal.aborted) {
    try {
      return await say()
    } catch (error) {
      if (signal.aborted) return
      failed(error)
      await pause(retryMs, signal)
    }
  }
}
