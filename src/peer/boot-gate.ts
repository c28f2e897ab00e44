/** Time without any leader, in sum, after which a peer that was never confirmed answers from what it has. */
export const leaderlessMsMax = 15_000

const roundMs = 1_000

/**
 * Decides when the boot listener may open (log.md, rule 24): when this peer has applied the index of its first answered
 * ReadIndex, or, while no leader is known, after 15 s in sum without an answer. An open boot listener means ready.
 * Goes on asking after `leaderless`, until it is confirmed: true; false when `signal` aborts before.
 */
export async function askUntilConfirmed(ports: {
  linearizable(timeoutMs: number): Promise<{ readonly ok: boolean }>
  /** Nobody leads, and nothing else is in the way: the time that counts towards `leaderless`. */
  isExcused(): boolean
  /** Called at most once: nobody has led for too long. */
  leaderless(): void
  monotonicMs(): number
  /** Resolves after `ms`, or when `signal` aborts. */
  pause(ms: number): Promise<void>
  readonly signal: AbortSignal
}): Promise<boolean> {
  let leaderlessMs = 0
  let isTold = false
  while (!ports.signal.aborted) {
    const startedMs = ports.monotonicMs()
    if ((await ports.linearizable(roundMs)).ok) return !ports.signal.aborted
    const spentMs = ports.monotonicMs() - startedMs
    // A round that fails at once must not spin.
    if (spentMs < roundMs) await ports.pause(roundMs - spentMs)
    if (ports.isExcused()) leaderlessMs += ports.monotonicMs() - startedMs
    if (isTold || leaderlessMs < leaderlessMsMax || ports.signal.aborted) continue
    isTold = true
    ports.leaderless()
  }
  return false
}
