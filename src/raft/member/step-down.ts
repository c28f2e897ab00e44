import type { RawNode } from '../core/types.ts'
import { electionTicks } from './limits.ts'

/**
 * Has a leader step down in this very turn. The core does so when it hears of no quorum for an election time-out; so
 * much time passes for it here, in which it hears of nobody.
 */
export function stepDown(core: Pick<RawNode, 'status' | 'tick'>): void {
  for (let ticks = 0; core.status().role === 'leader'; ticks++) {
    if (ticks > 2 * electionTicks) throw new Error('a leader that hears of nobody has not stepped down')
    core.tick()
  }
}
