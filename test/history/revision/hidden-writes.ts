import type { Maybe } from '../model/call.ts'
import type { KeyState } from '../model/key-step.ts'
import { allows, leftBy } from '../model/key-step.ts'
import type { FreeRevisions } from './free-revisions.ts'
import type { KeyEvent } from './key-event.ts'
import type { Hidden, KeyHistory } from './key-history.ts'
import { revisionAsked } from './window.ts'

/** Unanswered writes that happen one after another. */
export type Chain = readonly Hidden[]

/** A row that is looked for. */
export interface Wanted {
  readonly isMet: (state: KeyState) => boolean
  /** A revision that is asked for or ruled out: a row of unknown revision meets that perhaps. */
  readonly revision: number | undefined
}

/** The unanswered writes of one row, and what they could explain. */
export class HiddenWrites {
  readonly #hidden: readonly Hidden[]
  readonly #free: FreeRevisions
  /** Values that somebody was shown. Rows with any other value are all alike. */
  readonly #shown: ReadonlySet<string>
  readonly #pay: () => boolean

  /** `pay` is asked before each step, and says whether another one may be made. */
  constructor({ hidden, events }: KeyHistory, options: { readonly free: FreeRevisions; readonly pay: () => boolean }) {
    this.#hidden = hidden
    this.#free = options.free
    this.#pay = options.pay
    this.#shown = new Set(events.flatMap(({ step }) => valueShownBy(step)))
  }

  /** Unused writes, one of each sort, those of the narrowest condition first: they are of the least use later. */
  unused(used: ReadonlySet<Hidden>): readonly Hidden[] {
    const bySort = new Map<string, Hidden>()
    for (const hidden of this.#hidden) {
      if (used.has(hidden)) continue
      const sort = this.#sortOf(hidden.maybe)
      if (!bySort.has(sort)) bySort.set(sort, hidden)
    }
    return [...bySort.values()].sort((one, other) => breadth(one.maybe) - breadth(other.maybe))
  }

  /** Sequences of unused writes that make a row into one that is wanted, each of which the one behind it needs. */
  *chains(state: KeyState, wanted: Wanted, used: ReadonlySet<Hidden>): Generator<Chain, void, undefined> {
    if (!this.#pay()) return
    if (wanted.isMet(state)) {
      yield []
      const isPerhaps = state !== null && state.revision === undefined && wanted.revision !== undefined
      if (!isPerhaps) return
    }
    for (const last of this.unused(used)) {
      if (!this.#pay()) return
      if (!wanted.isMet(stateBehind(last))) continue
      for (const chain of this.chains(state, this.wantedBy(last), new Set([...used, last]))) yield [...chain, last]
    }
  }

  /**
   * The row on which a write is carried out. One that an unanswered write left may have any free revision; whether it
   * had the one that is asked for is seen when it is given its place.
   */
  wantedBy({ maybe: { operation } }: Hidden): Wanted {
    const isMet = (state: KeyState) => allows(state, operation, (revision) => this.#free.has(revision))
    return { isMet, revision: revisionAsked(operation) }
  }

  /** A name that two sets of used writes with the same row share only if all that follows is the same. */
  nameOf(state: KeyState, used: ReadonlySet<Hidden>): string {
    const row = state === null ? null : [this.#valueName(state.value), state.revision]
    return JSON.stringify([row, this.#hidden.flatMap((hidden, index) => (used.has(hidden) ? [index] : []))])
  }

  #sortOf({ operation }: Maybe): string {
    const value = operation.kind === 'put' ? this.#valueName(operation.value) : ''
    return JSON.stringify([operation.kind, value, operation.if])
  }

  #valueName(value: string): string {
    return this.#shown.has(value) ? `=${value}` : ''
  }
}

/** The row behind an unanswered write. */
export function stateBehind({ maybe }: Hidden): KeyState {
  return leftBy(maybe.operation, undefined)
}

/** How many rows a write is carried out on, of which the next has more. */
function breadth({ operation }: Maybe): number {
  if (typeof operation.if === 'object') return 0
  return operation.if === undefined && operation.kind === 'put' ? 2 : 1
}

function valueShownBy(step: KeyEvent['step']): string[] {
  if (step.kind === 'pin') return step.value === undefined ? [] : [step.value]
  return step.kind === 'read' && step.row !== null ? [step.row.value] : []
}
