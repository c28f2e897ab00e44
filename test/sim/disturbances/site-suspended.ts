import type { Disturbance } from './disturbance.ts'

/**
 * All machines stand still for long, as virtual ones do, and their monotonic clocks count it: what is kept for a quarter
 * of an hour may be gone afterwards.
 */
export const siteSuspended: Disturbance = {
  name: 'site suspended',
  everyTicks: 4_000,
  strike: ({ stage, dice }) => {
    stage.suspendAll(dice.pick([60, 5 * 60, 17 * 60]) * 1_000)
    return true
  },
}
