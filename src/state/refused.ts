import type { TrivetError } from '../lib/errors.ts'

/**
 * A write that was refused for good by the leader. The peer that took the request waits until it has applied
 * `revision`, what the refusal stands on, before it tells the caller `cause` (log.md, rule 11).
 */
export class Refused extends Error {
  override readonly name = 'Refused'
  override readonly cause: TrivetError
  readonly revision: number

  constructor(cause: TrivetError, revision: number) {
    super(cause.message)
    this.cause = cause
    this.revision = revision
  }
}
