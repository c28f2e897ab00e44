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

  has(revision: number): boolean {
    return this.above(revision - 1) === revision
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

  /** How many there are above a revision and not above another one, counted up to a limit. */
  countBetween(above: number, last: number, countMax: number): number {
    let count = 0
    for (let revision = this.above(above); revision <= last && count < countMax; revision = this.above(revision))
      count += 1
    return count
  }
}
