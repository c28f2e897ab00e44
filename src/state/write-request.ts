import type { Evaluation, RequestFacts } from './read.ts'
import type { Write } from './write.ts'

/** One write on its way to the leader's evaluation. */
export interface WriteRequest extends RequestFacts {
  /** The caller has sent this request id before, and no longer waits for the earlier try (log.md, rule 16). */
  readonly retry: boolean
  /** Keyed digest of the request without its write options: the same id with another digest is refused. */
  readonly digest: Uint8Array
  /** Authorises and applies the rule; throws a `TrivetError` to refuse. May run more than once. */
  readonly evaluate: (read: Evaluation) => readonly Write[]
  /** Ends the wait. What was not proposed yet is then never executed; else the outcome is unknown. */
  readonly signal: AbortSignal
}

/** A write that was carried out. */
export interface WriteAnswer {
  /** Of its transaction. Before it is passed on, the peer that took the request waits until it has applied it. */
  readonly revision: number
  /** Key of the first row that the rule wrote or kept; '' if there was none. */
  readonly name: string
  /** Of that row; '' if it was removed. */
  readonly etag: string
  /** An earlier try was carried out, this one was not. */
  readonly replayed: boolean
}
