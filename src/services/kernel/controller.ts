import type { Reader } from '../../state/read.ts'
import type { WriteAnswer } from '../../state/write-request.ts'
import type { Rule } from '../../state/write.ts'

/**
 * What the leader does by itself: discovery, power, sessions. It runs on the leader only, for one term, and begins
 * when that leader has applied the first entry of its term. It keeps nothing that its successor would need: the
 * successor reads the state, observes the world, and asks the same pure functions.
 */
export interface Controller {
  /** For logs and for the principal's method name: `session`. */
  readonly name: string
  /**
   * Works until `context.signal` aborts, then ends soon, with connections closed. What it throws before that is
   * logged, and it is started again after a pause.
   */
  run(context: ControllerContext): Promise<void>
}

/** A row that a transaction put or removed. */
export interface TouchedRow {
  readonly table: string
  readonly key: string
}

/** What a controller may use. */
export interface ControllerContext {
  /** The term in which this peer leads. */
  readonly term: number
  /** Aborts as soon as this peer no longer leads that term, or stops. */
  readonly signal: AbortSignal
  /** Applied state, never the overlay (log.md, rules 3 and 22). */
  reader(): Reader
  /**
   * Commits what `rule` makes of `request`, through the leader's own write path, as principal `controller`.
   * Resolves when it is applied here. Rejects with the `TrivetError` of a refusal; with OUTCOME_UNKNOWN when leadership
   * ended before: look it up, never repeat it blindly.
   */
  commit<Request>(rule: Rule<Request>, request: Request): Promise<WriteAnswer>
  /**
   * True while no other peer can have become leader: checked in the very loop turn that writes a command to an open
   * connection.
   */
  leaseHolds(): boolean
  /** Calls `listener` after each applied transaction that touched one of the tables; gives the way to end it. */
  onChange(tables: readonly string[], listener: (rows: readonly TouchedRow[]) => void): () => void
  /** Resolves after `ms` of monotonic time, or as soon as `signal` aborts. */
  sleep(ms: number): Promise<void>
  /** Log time as the leader would stamp it now, in milliseconds. */
  logTimeMs(): number
  /** Writes one line to the peer's log. */
  log(level: 'info' | 'warn' | 'error', message: string, facts?: Readonly<Record<string, unknown>>): void
}
