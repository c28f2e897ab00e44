import { Dice } from '../../../src/raft/core/testing/dice.ts'
import type { PlannedCall } from './planned-history.ts'

/** A long plan of many clients, the same for the same seed. */
export function longPlan(options: {
  readonly seed: number
  readonly calls: number
  readonly keys: number
  /** Calls that are open at a time, about. */
  readonly clients: number
  /** How many of a thousand writes are never answered. */
  readonly lostPerMille: number
}): PlannedCall[] {
  const { calls, keys, clients, lostPerMille } = options
  const dice = new Dice(options.seed)
  return Array.from({ length: calls }, () => ({
    kind: dice.weighted({ put: 40, delete: 10, get: 49, list: 1 }),
    key: dice.below(keys),
    value: -1,
    condition: dice.pick(['none', 'absent', 'present', 'newest', 'older'] as const),
    before: dice.below(clients * 1_000) / 1_000,
    after: dice.below(clients * 1_000) / 1_000,
    fate: dice.below(1_000) < lostPerMille ? dice.pick(['late', 'never', 'failed'] as const) : 'told',
    isStale: false,
    strangers: dice.below(10) === 0 ? 1 : 0,
  }))
}
