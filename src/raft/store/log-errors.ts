/** The log no longer holds this index: it is before its beginning. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'

  constructor(index: number) {
    super(`entry ${index} is before the beginning of the log`)
  }
}

/** The log does not hold this index yet: it is behind its end. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'

  constructor(index: number) {
    super(`entry ${index} is behind the end of the log`)
  }
}
