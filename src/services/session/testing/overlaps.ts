import type { FakeReset } from '../../../../test/support/fake-bmc/fake-bmc.ts'

/**
 * Resets that a BMC got between accepting one and reporting its end: what must never be. A reset to the state that a
 * system is in has no effect, and ends at once; one that a BMC ignores ends when it would have.
 */
export function overlaps(
  resets: readonly FakeReset[],
  bmc: {
    /** Paths of the systems that were on at the beginning. */
    readonly on: readonly string[]
    /** From the acceptance of a reset to the report of its end. */
    readonly busyMs: { readonly on: number; readonly off: number }
  },
): FakeReset[] {
  const on = new Set(bmc.on)
  const found: FakeReset[] = []
  let busyUntilMs = -Infinity
  for (const reset of resets) {
    if (reset.atMs < busyUntilMs) found.push(reset)
    if (!reset.taken) continue
    const wanted = reset.type === 'On' ? 'on' : 'off'
    if (on.has(reset.systemPath) === (wanted === 'on')) continue
    if (wanted === 'on') on.add(reset.systemPath)
    else on.delete(reset.systemPath)
    busyUntilMs = Math.max(busyUntilMs, reset.atMs + bmc.busyMs[wanted])
  }
  return found
}
