/** Revisions that a write which nobody was told of may have: those of which it is not known whose they are. */
export class FreeRevisions {
  /** Runs of taken revisions, ascending: first and last of each. */
  readonly #firsts: number[] = []
  readonly #lasts: number[] = []

  constructor(taken: Iterable<number>) {
    for (const revision of [...taken].sort((one, other) => one - other)) {
      const last = this.#lasts.length - 1
      if (last >= 0 && revision <= this.#lasts[last]! + 1) this.#lasts[last] = Math.max(this.#lasts[last]!, revision)
      else {
        this.#firsts.push(revision)
        this.#lasts.push(revision)
      }
    }
  }

  /** The lowest one above a revision. */
  above(revision: number): number {
    const wanted = revision + 1
    let [low, high] = [0, this.#firsts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#lasts[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low < this.#firsts.length && this.#firsts[low]! <= wanted ? this.#lasts[low]! + 1 : wanted
  }
}

/** Where a write that nobody was told of has to have happened. */
export interface Window {
  readonly first: number
  readonly last: number
}

/** Whether all of them can have happened, each at a free revision of its own: the one that ends first goes first. */
export function canAllBePlaced(windows: readonly Window[], free: FreeRevisions): boolean {
  const waiting = windows.toSorted((one, other) => one.first - other.first || one.last - other.last)
  const open: Window[] = []
  let revision = 0
  for (let next = 0; next < waiting.length || open.length > 0;) {
    if (open.length === 0) revision = Math.max(revision, waiting[next]!.first - 1)
    revision = free.above(revision)
    while (next < waiting.length && waiting[next]!.first <= revision) open.push(waiting[next++]!)
    if (open.length === 0) continue
    open.sort((one, other) => one.last - other.last)
    if (open.shift()!.last < revision) return false
  }
  return true
}
