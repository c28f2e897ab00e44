import type { KeyState, KeyStep } from '../model/key-step.ts'
import { after, isSame } from '../model/key-step.ts'
import type { Budget } from './budget.ts'
import { MomentList } from './moment-list.ts'
import { OptionalSorts } from './optional-sorts.ts'
import type { Optional, Partition, Required } from './partition.ts'
import { PlacedSet } from './placed-set.ts'

/** An order that explains all answers, that there is none, or that the search was given up. */
export type Found =
  | { readonly kind: 'order'; readonly order: readonly (Required | Optional)[]; readonly state: KeyState }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

/** One call put into the order, and how it was before. */
interface Placement {
  /** The required call, or the sort of the optional one. */
  readonly index: number
  readonly isRequired: boolean
  readonly state: KeyState
  readonly loose: Loose | undefined
}

/** An optional call that was placed last: it has to be of use to the next one. */
interface Loose {
  readonly before: KeyState
  readonly step: KeyStep
}

/**
 * Looks for an order of the calls on one row in which every answer is right, and which keeps the order of time: the
 * search of Wing and Gong with the list and the cache of Lowe. An answer that has come is looked for first; a call
 * without an answer is placed only where the next call would go differently without it, for anywhere else it can as
 * well be placed later, or not at all.
 */
export class Search {
  readonly #partition: Partition
  readonly #budget: Budget
  readonly #moments: MomentList
  readonly #optional: OptionalSorts
  readonly #placed: PlacedSet
  readonly #seen = new Set<string>()
  readonly #placements: Placement[] = []
  #state: KeyState
  #loose: Loose | undefined

  constructor(partition: Partition, budget: Budget) {
    this.#partition = partition
    this.#budget = budget
    this.#moments = new MomentList(partition.required)
    this.#optional = new OptionalSorts(partition)
    this.#placed = new PlacedSet(partition.required.length, this.#optional.sorts.length)
    this.#state = partition.start
  }

  run(): Found {
    const { required } = this.#partition
    let moment = this.#moments.first
    // The sort of optional calls to try next, once no required one fits.
    let sort = 0
    while (this.#placed.size < required.length) {
      if (!this.#budget.pay()) return { kind: 'unknown' }
      if (moment !== undefined && !moment.isEnd) {
        if (this.#place(moment.index)) [moment, sort] = [this.#moments.first, 0]
        else moment = moment.next
      } else if (sort < this.#optional.sorts.length) {
        if (this.#placeOptional(sort)) [moment, sort] = [this.#moments.first, 0]
        else sort += 1
      } else {
        const undone = this.#undo()
        if (undone === undefined) return { kind: 'none' }
        if (undone.isRequired) [moment, sort] = [this.#moments.beginOf(undone.index).next, 0]
        else [moment, sort] = [undefined, undone.index + 1]
      }
    }
    return { kind: 'order', order: this.#order(), state: this.#state }
  }

  /** Places a required call next, unless it does not fit there, or nothing new would come of it. */
  #place(index: number): boolean {
    const { step } = this.#partition.required[index]!
    const state = this.#after(this.#state, step)
    if (state === undefined || this.#isLooseUseless(step, state)) return false
    this.#placed.add(index)
    if (!this.#isNew(state)) {
      this.#placed.remove(index)
      return false
    }
    this.#moments.takeOut(index)
    this.#push({ index, isRequired: true }, state, undefined)
    return true
  }

  #placeOptional(sort: number): boolean {
    const next = this.#optional.sorts[sort]![this.#placed.count(sort)]
    if (next === undefined || next.begin > this.#moments.firstEndLine) return false
    const state = this.#after(this.#state, next.step)
    if (state === undefined || this.#isLooseUseless(next.step, state)) return false
    this.#placed.addOptional(sort)
    this.#push({ index: sort, isRequired: false }, state, { before: this.#state, step: next.step })
    return true
  }

  /**
   * Whether the call that was placed last, one without an answer, can as well be left out, or placed behind this one.
   * Both are tried elsewhere.
   */
  #isLooseUseless(step: KeyStep, state: KeyState): boolean {
    if (this.#loose === undefined) return false
    const without = this.#after(this.#loose.before, step)
    if (without === undefined) return false
    if (isSame(without, state)) return true
    const later = this.#after(without, this.#loose.step)
    return later !== undefined && isSame(later, state)
  }

  #push(placed: Pick<Placement, 'index' | 'isRequired'>, state: KeyState, loose: Loose | undefined): void {
    this.#placements.push({ ...placed, state: this.#state, loose: this.#loose })
    this.#state = state
    this.#loose = loose
  }

  #undo(): Placement | undefined {
    const last = this.#placements.pop()
    if (last === undefined) return undefined
    if (last.isRequired) {
      this.#moments.putBack(last.index)
      this.#placed.remove(last.index)
    } else this.#placed.removeOptional(last.index)
    this.#state = last.state
    this.#loose = last.loose
    return last
  }

  /** Whether these calls have not led to this row before. */
  #isNew(state: KeyState): boolean {
    const row = state === null ? '' : `${state.revision ?? '?'}${this.#optional.valueName(state.value)}`
    const name = `${this.#placed.name}|${row}`
    const before = this.#seen.size
    return this.#seen.add(name).size > before
  }

  #after(state: KeyState, step: KeyStep): KeyState | undefined {
    return after(state, step, (revision) => !this.#partition.revisions.has(revision))
  }

  #order(): readonly (Required | Optional)[] {
    const counts = this.#optional.sorts.map(() => 0)
    return this.#placements.map(({ index, isRequired }) =>
      isRequired ? this.#partition.required[index]! : this.#optional.sorts[index]![counts[index]!++]!,
    )
  }
}
