import type { Required } from './partition.ts'

/** Beginning or end of a required call. */
interface Moment {
  readonly index: number
  readonly isEnd: boolean
  readonly line: number
  before: Moment | undefined
  next: Moment | undefined
}

/**
 * Beginnings and ends of the calls that are not in the order yet, as they were in time: a doubly linked list, from which
 * a call is taken out and put back in constant time (Lowe, "Testing for linearizability", §4).
 */
export class MomentList {
  readonly #head: Moment = { index: -1, isEnd: false, line: -1, before: undefined, next: undefined }
  readonly #begins: Moment[] = []
  readonly #ends: Moment[] = []

  constructor(required: readonly Required[]) {
    const moments: Moment[] = []
    for (const [index, { begin, end }] of required.entries()) {
      this.#begins.push({ index, isEnd: false, line: begin, before: undefined, next: undefined })
      this.#ends.push({ index, isEnd: true, line: end, before: undefined, next: undefined })
      moments.push(this.#begins[index]!, this.#ends[index]!)
    }
    let last = this.#head
    for (const moment of moments.sort((one, other) => one.line - other.line)) {
      last.next = moment
      moment.before = last
      last = moment
    }
  }

  /** Calls that began before the first end: time allows each of them to come next. */
  beginsBeforeFirstEnd(): number[] {
    const begins: number[] = []
    for (let moment = this.#head.next; moment !== undefined && !moment.isEnd; moment = moment.next) {
      begins.push(moment.index)
    }
    return begins
  }

  /** Line of the first end: what begins behind it cannot come next. */
  get firstEndLine(): number {
    let moment = this.#head.next
    while (moment !== undefined && !moment.isEnd) moment = moment.next
    return moment?.line ?? Number.POSITIVE_INFINITY
  }

  takeOut(index: number): void {
    for (const moment of [this.#begins[index]!, this.#ends[index]!]) {
      moment.before!.next = moment.next
      if (moment.next !== undefined) moment.next.before = moment.before
    }
  }

  /** Puts back the call that was taken out last. */
  putBack(index: number): void {
    for (const moment of [this.#ends[index]!, this.#begins[index]!]) {
      moment.before!.next = moment
      if (moment.next !== undefined) moment.next.before = moment
    }
  }
}
