/** Time without any leader, in sum, after which a peer that was never confirmed answers from what it has. */
export const leaderlessMsMax = 15_000

const roundMs = 1_000

/**
 * Decides when the boot listener may open: when this peer has applied the index of its first answered ReadIndex, or,
 * while no leader is known, after 15 s in sum without an answer (log.md, rule 24). An open boot listener means ready.
 */
export async function mayServeNodes(ports: {
  linearizable(timeoutMs: number): Promise<{ readonly ok: boolean }>
  leader(): string
  monotonicMs(): number
  pause(ms: number): Promise<void>
  readonly signal: AbortSignal
}): Promise<'confirmed' | 'leaderless' | 'stopped'> {
  let leaderlessMs = 0
  while (!ports.signal.aborted) {
    const startedMs = ports.monotonicMs()
    if ((await ports.linearizable(roundMs)).ok) return 'confirmed'
    const spentMs = ports.monotonicMs() - startedMs
    // A round that fails at once, on a damaged peer, must not spin.
    if (spentMs < roundMs) await ports.pause(roundMs - spentMs)
    if (ports.leader() === '') leaderlessMs += ports.monotonicMs() - startedMs
    if (leaderlessMs >= leaderlessMsMax) return 'leaderless'
  }
  return 'stopped'
}
