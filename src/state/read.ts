import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import type { Table } from './table.ts'

/** A row that was read. `value` is decoded when it is first asked for, once, and frozen: spread it to change it. */
export interface Stored<Row> {
  readonly key: string
  readonly value: Readonly<Row>
  /** Ordinal of the transaction that last wrote the row. */
  readonly revision: number
}

/**
 * Reads resident tables. Every call answers from memory. Rows of owned tables are there only while their owner is.
 *
 * A reader is a view, not a copy: it moves on when the peer applies, which happens between loop turns only.
 * What has to be of one revision is read without an `await` in between.
 */
export interface Reader {
  get<Desc extends DescMessage>(table: Table<Desc>, key: string): Stored<MessageShape<Desc>> | undefined
  /** The row that holds a unique key, given by its parts. */
  unique<Desc extends DescMessage, Unique extends string>(
    table: Table<Desc, Unique>,
    index: NoInfer<Unique>,
    parts: readonly string[],
  ): Stored<MessageShape<Desc>> | undefined
  /** The rows in a bucket, ascending by key (by UTF-16 code units, as JavaScript compares). */
  bucket<Desc extends DescMessage, Bucket extends string>(
    table: Table<Desc, string, Bucket>,
    index: NoInfer<Bucket>,
    key: string,
  ): readonly Stored<MessageShape<Desc>>[]
  /**
   * How many rows are in a bucket. O(1), but for buckets of an owned table that hold rows of several owners: those
   * are walked (log.md, rule 19).
   */
  count<Desc extends DescMessage, Bucket extends string>(
    table: Table<Desc, string, Bucket>,
    index: NoInfer<Bucket>,
    key: string,
  ): number
  /** All rows ascending by key; from the first key above `after` on, if it is given. */
  all<Desc extends DescMessage>(table: Table<Desc>, after?: string): Iterable<Stored<MessageShape<Desc>>>
  /** How many rows the table holds. O(1), but O(rows) for an owned table. */
  size(table: Table): number
  /** Ordinal of the last transaction that this reader sees. */
  readonly revision: number
  /** The state version in force: what is new in a later one is not used yet. */
  readonly stateVersion: number
  /** Wall clock, in milliseconds since the Unix epoch: to be shown, never compared. */
  readonly timeMs: number
  /** Log time in milliseconds, which never goes back: every expiry compares with this and with nothing else. */
  readonly logTimeMs: number
  /** The cluster's incarnation; a restore renews it. */
  readonly incarnation: string
  /** Opaque; changes with every write of the row and with the incarnation. */
  etag(stored: Stored<unknown>): string
}

/**
 * What a rule reads: applied state and, over it, what is on its way from earlier requests. The clocks stand still
 * during a rule, and one rule runs after another.
 */
export interface Evaluation extends Reader {
  /** A new id, `<prefix>-<26 base32 characters>`, drawn by the leader. Ids ascend roughly with log time. */
  newId(prefix: string): string
  /** The revision that this request's transaction gets if it makes one. */
  readonly nextRevision: number
  readonly request: RequestFacts
}

/** Who asked for a write, and how it came here. All of it goes into the log. */
export interface RequestFacts {
  /** `anonymous@loopback` without authentication, `controller` for the leader itself. */
  readonly principal: string
  /** Empty by default. */
  readonly tenant: string
  /** UUIDv7 by log time, scoped to the principal. */
  readonly requestId: string
  /** Full name of the method, `trivet.inventory.v1.InventoryService/CreateNode`. */
  readonly method: string
  /** Why, in the caller's words; may be empty. */
  readonly reason: string
  /** The peer that took the request. */
  readonly viaPeer: string
  /** The address that the request came from, `127.0.0.1:45678`. */
  readonly sourceAddress: string
}
