/**
 * The term of every index of the log, as runs: terms only rise, so a log of a million entries has a few hundred runs.
 */
export class TermRuns {
  /** Ascending by `from`; each run reaches to the next one's beginning. */
  readonly #runs: { readonly from: number; readonly term: number }[]

  /** Begins with the truncation point, whose term is asked for too. */
  constructor(point: { readonly index: number; readonly term: number }) {
    this.#runs = [{ from: point.index, term: point.term }]
  }

  /** The caller has truncated from `index` on. Terms never fall. */
  append(entry: { readonly index: number; readonly term: number }): void {
    const last = this.#runs.at(-1)!
    if (entry.index < last.from) throw new Error(`index ${entry.index} comes before the run of ${last.from}`)
    if (entry.term < last.term) throw new Error(`term ${entry.term} of entry ${entry.index} follows term ${last.term}`)
    if (entry.term > last.term) this.#runs.push({ from: entry.index, term: entry.term })
  }

  /** Forgets the terms of `index` and of all after it. */
  truncateFrom(index: number): void {
    while (this.#runs.length > 1 && this.#runs.at(-1)!.from >= index) this.#runs.pop()
  }

  /** Forgets the terms before `index`, which becomes the beginning. */
  truncateTo(index: number): void {
    const term = this.termAt(index)
    const kept = this.#runs.findIndex((run) => run.from > index)
    this.#runs.splice(0, kept === -1 ? this.#runs.length : kept, { from: index, term })
  }

  /** The term at an index between the truncation point and the end of the log; the caller checks these. */
  termAt(index: number): number {
    let low = 0
    let high = this.#runs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#runs[middle]!.from <= index) low = middle
      else high = middle - 1
    }
    return this.#runs[low]!.term
  }
}
