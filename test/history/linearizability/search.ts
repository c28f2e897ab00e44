import type { KeyState, MayBe } from '../model/key-step.ts'
import { after, leftBy } from '../model/key-step.ts'
import type { Chain, Used } from '../model/unanswered-writes.ts'
import { UnansweredWrites } from '../model/unanswered-writes.ts'
import type { Budget } from './budget.ts'
import { MomentList } from './moment-list.ts'
import type { Optional, Partition, Required } from './partition.ts'
import { PlacedCalls } from './placed-calls.ts'

/**
 * Calls without an answer that may be needed one after another: to a write, a row is the one that is there, one that is
 * not, or one that such a call has left, and none of the three is of use twice.
 */
const chainLengthMax = 3

/** An order that explains all answers, that there is none, or that the search was given up. */
export type Found =
  | { readonly kind: 'order'; readonly order: readonly (Required | Optional)[]; readonly state: KeyState }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

/** A place in the order, with the calls that could come next and have not all been tried. */
interface Place {
  readonly state: KeyState
  readonly used: Used
  /** Required calls of which any may come next, as far as time goes. */
  readonly candidates: readonly number[]
  /** The candidate to try. */
  at: number
  /** What could be put before it, so that it fits. */
  chains: Iterator<Chain<Optional>, void, undefined> | undefined
  /** What was put there: optional calls, then the candidate. */
  chosen: { readonly index: number; readonly before: readonly Optional[] } | undefined
}

/**
 * Looks for an order of the calls on one row in which every answer is right, and which keeps the order of time: the
 * search of Wing and Gong with the list and the cache of Lowe. Calls without an answer are placed only where the next
 * one needs them: anywhere else they can as well be placed later, or not at all.
 *
 * Where several calls may come next, the one of the lowest revision is tried first. That is advice and no evidence: the
 * others are tried when it leads nowhere. It makes the search quick where revisions are right.
 */
export class Search {
  readonly #required: readonly Required[]
  readonly #start: KeyState
  readonly #budget: Budget
  readonly #moments: MomentList
  readonly #unanswered: UnansweredWrites<Optional>
  readonly #placed: PlacedCalls
  readonly #seen = new Set<string>()
  readonly #mayBe: MayBe

  constructor({ required, optional, start, revisions }: Partition, budget: Budget) {
    this.#required = required
    this.#start = start
    this.#budget = budget
    this.#moments = new MomentList(required)
    const shown = required.flatMap(({ step }) => (step.kind === 'read' && step.row !== null ? [step.row.value] : []))
    this.#unanswered = new UnansweredWrites(optional, new Set(shown))
    this.#placed = new PlacedCalls(required.length)
    this.#mayBe = (revision) => !revisions.has(revision)
  }

  run(): Found {
    const places: Place[] = []
    let place = this.#placeAt(this.#start, this.#unanswered.none)
    while (this.#placed.size < this.#required.length) {
      const next = this.#next(place)
      if (this.#budget.isOver) return { kind: 'unknown' }
      if (next !== undefined) {
        places.push(place)
        place = next
        continue
      }
      const before = places.pop()
      if (before === undefined) return { kind: 'none' }
      const { index } = before.chosen!
      this.#moments.putBack(index)
      this.#placed.remove(index)
      place = before
    }
    const order = places.flatMap(({ chosen }) => [...chosen!.before, this.#required[chosen!.index]!])
    return { kind: 'order', order, state: place.state }
  }

  #placeAt(state: KeyState, used: Used): Place {
    const candidates = this.#moments.beginsBeforeFirstEnd()
    candidates.sort((one, other) => this.#inAdvisedOrder(this.#required[one]!, this.#required[other]!))
    return { state, used, candidates, at: 0, chains: undefined, chosen: undefined }
  }

  /** By revision, a write before what stands on it; without revisions by the end, which is what has to come soon. */
  #inAdvisedOrder(one: Required, other: Required): number {
    const isWrite = Number(other.step.kind === 'write') - Number(one.step.kind === 'write')
    return (
      (one.revision ?? 0) - (other.revision ?? 0) || (one.revision === undefined ? 0 : isWrite) || one.end - other.end
    )
  }

  /** Puts the next call into the order; undefined when all that could come next were tried. */
  #next(place: Place): Place | undefined {
    for (; place.at < place.candidates.length; place.at++, place.chains = undefined) {
      const index = place.candidates[place.at]!
      const { step } = this.#required[index]!
      place.chains ??= this.#chains(place, index)
      for (let chain = place.chains.next(); chain.done !== true; chain = place.chains.next()) {
        const { items, used } = chain.value
        const before = items.length === 0 ? place.state : leftBy(items.at(-1)!.operation, undefined)
        const state = after(before, step, this.#mayBe)!
        this.#placed.add(index)
        if (this.#isNew(state, used)) {
          this.#moments.takeOut(index)
          place.chosen = { index, before: items }
          return this.#placeAt(state, used)
        }
        this.#placed.remove(index)
      }
    }
    return undefined
  }

  #chains({ state, used }: Place, index: number): Iterator<Chain<Optional>, void, undefined> {
    const { step } = this.#required[index]!
    const isMet = (row: KeyState) => after(row, step, this.#mayBe) !== undefined
    const firstEndLine = this.#moments.firstEndLine
    return this.#unanswered.chains(state, { isMet, revision: undefined }, used, {
      mayBe: this.#mayBe,
      isAvailable: ({ begin }) => begin < firstEndLine,
      lengthMax: chainLengthMax,
      pay: (steps) => this.#budget.pay(steps),
    })
  }

  /** Whether these calls have not led to this row before. */
  #isNew(state: KeyState, used: Used): boolean {
    const row = state === null ? '' : `${state.revision ?? '?'}${this.#unanswered.valueName(state.value)}`
    const before = this.#seen.size
    return this.#seen.add(`${this.#placed.name}|${used.id}|${row}`).size > before
  }
}
