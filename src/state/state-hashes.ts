import { hashesKept, hashIntervalEntries } from './limits.ts'
import { Fifo } from './pure/fifo.ts'
import type { State } from './pure/state.ts'

/** What peers compare at equal indexes (log.md, rule 21). */
export interface StateHash {
  readonly index: number
  /** 32 hexadecimal digits. */
  readonly hash: string
  readonly revision: number
  readonly logTimeMs: number
  /** The newest request id whose outcome was evicted; '' if none. */
  readonly floor: string
  readonly stateVersion: number
}

/** The state hash now. */
export function hashOf(state: State): StateHash {
  const { index, revision, logTimeMs, stateVersion } = state.position
  return { index, hash: state.hash.toString(), revision, logTimeMs, floor: state.outcomes.floor, stateVersion }
}

/** The state hashes at the last round indexes, so that peers find some that all of them have. */
export class StateHashes {
  readonly #kept = new Fifo<StateHash>()

  /** True if it was a round index. */
  applied(state: State): boolean {
    if (state.position.index % hashIntervalEntries !== 0) return false
    this.#kept.push(hashOf(state))
    if (this.#kept.length > hashesKept) this.#kept.shift()
    return true
  }

  /** Ascending by index. */
  get all(): readonly StateHash[] {
    return [...this.#kept]
  }
}
