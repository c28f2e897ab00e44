import type { Write } from '../format/operation.ts'
import type { KeyState, MayBe } from './key-step.ts'
import { allows, leftBy } from './key-step.ts'

/** Sorts of which a step can count the used ones. */
const sortsPerStep = 16

/** A write that nobody was told of. */
export interface Unanswered {
  readonly operation: Write
}

/** Unanswered writes that do the same to every row, as far as anybody was shown, in the order of their beginnings. */
interface Sort<Item> {
  readonly operation: Write
  readonly items: readonly Item[]
}

/** How many of each sort have been used. They are taken in the order of their beginnings, for none is better later. */
export interface Used {
  readonly counts: Uint32Array
  /** The same for two exactly if they have the same counts. */
  readonly id: number
}

/** A row that is looked for. */
export interface Wanted {
  readonly isMet: (state: KeyState) => boolean
  /** A revision that is asked for or ruled out: a row of unknown revision meets that perhaps. */
  readonly revision: number | undefined
}

/** Unanswered writes one after another, each of which the next one needs. */
export interface Chain<Item> {
  readonly items: readonly Item[]
  readonly used: Used
}

/** What a search for chains is bound by. */
export interface ChainOptions<Item> {
  readonly mayBe: MayBe
  readonly isAvailable: (item: Item) => boolean
  readonly lengthMax: number
  /** Asked before so many steps; false when no more may be made. */
  readonly pay: (steps: number) => boolean
}

/** What a search for a sequence has left, and what the writes need that are in it. */
interface Left {
  readonly counts: Uint32Array
  readonly length: number
  readonly needs: readonly string[]
}

/** The unanswered writes of one row, and what they could explain. */
export class UnansweredWrites<Item extends Unanswered> {
  readonly #sorts: readonly Sort<Item>[]
  /** Values that somebody was shown. Rows with any other value are all alike. */
  readonly #shown: ReadonlySet<string>
  readonly #ids = new Map<string, number>()
  readonly none: Used

  /** `items` in the order of their beginnings. */
  constructor(items: readonly Item[], shown: ReadonlySet<string>) {
    this.#shown = shown
    const bySort = Map.groupBy(items, ({ operation }) => this.#nameOf(operation))
    // Those of the narrowest condition come first: they are of the least use later.
    this.#sorts = [...bySort.values()]
      .map((group) => ({ operation: group[0]!.operation, items: group }))
      .sort((one, other) => breadth(one.operation) - breadth(other.operation))
    this.none = this.#usedBy(new Uint32Array(this.#sorts.length))
  }

  /** Of the sorts that fit, the next write of each. */
  *next(used: Used, fits: (item: Item) => boolean): Generator<Chain<Item>, void, undefined> {
    for (const [sort, { items }] of this.#sorts.entries()) {
      const item = items[used.counts[sort]!]
      if (item !== undefined && fits(item)) yield { items: [item], used: this.#usedBy(withOneMore(used.counts, sort)) }
    }
  }

  /** Ways to make a row into one that is wanted, the shortest first: none at all, if it is wanted as it is. */
  *chains(
    state: KeyState,
    wanted: Wanted,
    used: Used,
    options: ChainOptions<Item>,
  ): Generator<Chain<Item>, void, undefined> {
    for (const sorts of this.#byLength(state, wanted, used.counts, options)) {
      const counts = used.counts.slice()
      const items = sorts.map((sort) => this.#sorts[sort]!.items[counts[sort]!++]!)
      if (sorts.length > 0 && !options.pay(Math.ceil(counts.length / sortsPerStep))) return
      yield { items, used: sorts.length === 0 ? used : this.#usedBy(counts) }
    }
  }

  /** The row on which a write is carried out. Whether a row of unknown revision is the one that is asked for is open. */
  wantedBy(operation: Write, mayBe: MayBe): Wanted {
    const revision = typeof operation.if === 'object' ? operation.if.revision : undefined
    return { isMet: (state) => allows(state, operation, mayBe), revision }
  }

  /** A value by what it is to those who read: all that were never shown are one. */
  valueName(value: string): string {
    return this.#shown.has(value) ? `=${value}` : ''
  }

  *#byLength(
    state: KeyState,
    wanted: Wanted,
    counts: Uint32Array,
    options: ChainOptions<Item>,
  ): Generator<readonly number[], void, undefined> {
    const search = { ...options, isCut: true }
    for (let length = 0; search.isCut && length <= options.lengthMax; length++) {
      search.isCut = false
      yield* this.#sequences(state, wanted, { counts, length, needs: [] }, search)
    }
  }

  /** Sequences of exactly so many sorts. Says in `isCut` whether there may be longer ones. */
  *#sequences(
    state: KeyState,
    wanted: Wanted,
    left: Left,
    search: ChainOptions<Item> & { isCut: boolean },
  ): Generator<readonly number[], void, undefined> {
    if (!search.pay(1)) return
    if (wanted.isMet(state)) {
      if (left.length === 0) yield []
      const isPerhaps = state !== null && state.revision === undefined && wanted.revision !== undefined
      if (!isPerhaps) return
    }
    for (const [sort, { operation, items }] of this.#sorts.entries()) {
      const item = items[left.counts[sort]!]
      if (item === undefined || !wanted.isMet(leftBy(operation, undefined)) || !search.isAvailable(item)) continue
      const before = this.wantedBy(operation, search.mayBe)
      // No unanswered write leaves the row that this one asks for.
      if (before.revision !== undefined && !search.mayBe(before.revision) && !before.isMet(state)) continue
      // What makes the row into one that this write needs does so as well for the later one that needs the same.
      const need = needOf(operation)
      if (need !== undefined && left.needs.includes(need)) continue
      if (left.length === 0) {
        search.isCut = true
        return
      }
      const counts = withOneMore(left.counts, sort)
      const needs = need === undefined ? left.needs : [...left.needs, need]
      for (const sorts of this.#sequences(state, before, { counts, needs, length: left.length - 1 }, search)) {
        yield [...sorts, sort]
      }
    }
  }

  #nameOf(operation: Write): string {
    const value = operation.kind === 'put' ? this.valueName(operation.value) : ''
    return JSON.stringify([operation.kind, value, operation.if])
  }

  #usedBy(counts: Uint32Array): Used {
    let name = ''
    for (const [sort, count] of counts.entries()) if (count > 0) name += `${sort}:${count},`
    const id = this.#ids.get(name) ?? this.#ids.size
    this.#ids.set(name, id)
    return { counts, id }
  }
}

function withOneMore(counts: Uint32Array, sort: number): Uint32Array {
  const more = counts.slice()
  more[sort]! += 1
  return more
}

/** Whether a write needs a row, or none; undefined if it needs a certain one, or does not care. */
function needOf(operation: Write): string | undefined {
  if (typeof operation.if === 'object') return undefined
  return operation.if ?? (operation.kind === 'delete' ? 'present' : undefined)
}

/** How many rows a write is carried out on, of which the next has more. */
function breadth(operation: Write): number {
  if (typeof operation.if === 'object') return 0
  return operation.if === undefined && operation.kind === 'put' ? 2 : 1
}
