/** The log no longer holds this index: it is before its beginning. */
export class Compacted extends Error {
  override readonly name = 'Compacted'
  readonly index: number

  constructor(index: number) {
    super(`entry ${index} is before the beginning of the log`)
    this.index = index
  }
}

/** The log does not hold this index yet: it is behind its end. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly index: number

  constructor(index: number) {
    super(`entry ${index} is behind the end of the log`)
    this.index = index
  }
}

/** What the numbers were when an invariant broke. */
export type Facts = Readonly<Record<string, number | string | boolean>>

/**
 * What must never happen has happened: going on could lose acknowledged entries or give two answers to one question.
 * The caller must end the process; the log on the disk is still what it was.
 */
export class CoreInvariantError extends Error {
  override readonly name = 'CoreInvariantError'
  /** The sentence that should hold. */
  readonly claim: string

  constructor(claim: string, facts: Facts = {}) {
    const shown = Object.entries(facts).map(([name, value]) => `${name}=${value}`)
    super(shown.length === 0 ? `not so: ${claim}` : `not so: ${claim} (${shown.join(' ')})`)
    this.claim = claim
  }
}
