import type { Recorded } from '../format/history.ts'
import type { Seen } from '../model/call.ts'
import type { KeyEvent } from './key-event.ts'

/** One list: on what revision it stands. */
interface Shown {
  readonly revision: number
  readonly source: Recorded
}

/**
 * Lists, by the rows that they lack. That a list lacks a row is an event of that row; those that lack it one after
 * another are one event, so that the work is in proportion to what lists show and not to what they do not.
 */
export class ShownLists {
  readonly #byPrefix: ReadonlyMap<string, readonly Shown[]>

  constructor(calls: readonly Seen[]) {
    const byPrefix = new Map<string, Shown[]>()
    for (const { operation, revision, source } of calls) {
      if (operation.kind !== 'list') continue
      const lists = byPrefix.get(operation.prefix) ?? []
      lists.push({ revision: revision!, source })
      byPrefix.set(operation.prefix, lists)
    }
    for (const lists of byPrefix.values()) lists.sort((one, other) => one.revision - other.revision)
    this.#byPrefix = byPrefix
  }

  /** What lists say about a row by not showing it, given all other events of it. */
  without(key: string, events: readonly KeyEvent[]): KeyEvent[] {
    const shownBy = new Set(events.map(({ source }) => source))
    // What stands on the revision of another event is apart from what stands on later ones.
    const revisions = [...new Set(events.flatMap(({ revision }) => [revision, revision + 1]))]
    revisions.sort((one, other) => one - other)
    return [...this.#byPrefix].flatMap(([prefix, lists]) => {
      if (!key.startsWith(prefix)) return []
      const cuts = [0, ...revisions.map((revision) => firstFrom(lists, revision)), lists.length]
      return cuts.slice(1).flatMap((end, at) => run(lists, { from: cuts[at]!, end, shownBy }))
    })
  }
}

/** Index of the first list that stands on a revision or a later one. */
function firstFrom(lists: readonly Shown[], revision: number): number {
  let [low, high] = [0, lists.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (lists[middle]!.revision < revision) low = middle + 1
    else high = middle
  }
  return low
}

/** The lists between two cuts that lack a row. Those that show it all stand on one revision, that of an event of it. */
function run(
  lists: readonly Shown[],
  { from, end, shownBy }: { readonly from: number; readonly end: number; readonly shownBy: ReadonlySet<Recorded> },
): KeyEvent[] {
  let [first, last] = [from, end - 1]
  while (first < end && shownBy.has(lists[first]!.source)) first += 1
  while (last > first && shownBy.has(lists[last]!.source)) last -= 1
  if (first >= end) return []
  const { revision, source } = lists[first]!
  return [{ revision, until: lists[last]!.revision, isWrite: false, step: { kind: 'read', row: null }, source }]
}
