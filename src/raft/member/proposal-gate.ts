import type { Proposal, RefusalReason } from './port.ts'

/** A proposal that breaks the rules of numbering: a defect of the main thread, after which nothing can be believed. */
export class ProposalNumberError extends Error {
  override readonly name = 'ProposalNumberError'
}

/**
 * Decides whether a proposal may be appended (log.md, rules 6 and 7): only in the very term in which it was evaluated,
 * and only behind the one that it was evaluated on. What stands on a refused one is refused with it, until main
 * proposes behind the last one that was appended.
 */
export class ProposalGate {
  #term = 0
  #lastAppended = 0
  #highest = 0

  /** `leading` is the term that this peer leads, undefined if none. Counts an admitted proposal as appended. */
  admit(proposal: Proposal, leading: number | undefined): RefusalReason | undefined {
    if (proposal.term > this.#term) {
      this.#term = proposal.term
      this.#lastAppended = 0
      this.#highest = 0
    }
    if (proposal.term === this.#term) {
      // A number used twice would make a late refusal of the first one drop the second one.
      if (proposal.number <= this.#highest) {
        throw new ProposalNumberError(
          `number ${proposal.number} of term ${proposal.term} is not above ${this.#highest}`,
        )
      }
      this.#highest = proposal.number
    }
    if (proposal.term !== leading) return 'term'
    if (proposal.previous !== this.#lastAppended) return 'gap'
    this.#lastAppended = proposal.number
    return undefined
  }

  /** The core does not take an admitted proposal, nor any behind it. */
  retract(proposal: Proposal): void {
    if (proposal.term === this.#term) this.#lastAppended = proposal.previous
  }
}
