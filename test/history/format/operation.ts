/** What a write asks of the row before it writes: that there is none, that there is one, or exactly this version. */
export type Condition = 'absent' | 'present' | { readonly revision: number }

/** Puts a row. Without a condition it is never refused. */
export interface Put {
  readonly kind: 'put'
  readonly key: string
  readonly value: string
  readonly if?: Condition
}

/** Deletes a row. It is refused when there is none, or another version than the condition names. */
export interface Delete {
  readonly kind: 'delete'
  readonly key: string
  readonly if?: { readonly revision: number }
}

/** Reads one row. A stale read is answered from whatever its peer has applied. */
export interface Get {
  readonly kind: 'get'
  readonly key: string
  readonly stale?: true
}

/** Reads all rows whose keys begin with a prefix. */
export interface List {
  readonly kind: 'list'
  readonly prefix: string
  readonly stale?: true
}

export type Write = Put | Delete
export type Read = Get | List

/** What a client asks for. */
export type Operation = Write | Read

/** A row as a read shows it. Its revision is that of the transaction that wrote it last: what an etag stands for. */
export interface Row {
  readonly value: string
  readonly revision?: number
}

/** A row of a list. */
export interface KeyedRow extends Row {
  readonly key: string
}

/** Why a write was refused: there is no row, there is one, or another version than the one that was named. */
export type RefusalReason = 'absent' | 'present' | 'changed'

/** How an operation ended for its client. */
export type Result =
  /** Carried out; a write has the revision of its transaction, a read that of the state which it shows. */
  | { readonly kind: 'ok'; readonly revision?: number; readonly row?: Row | null; readonly rows?: readonly KeyedRow[] }
  /** Refused by the state that the revision names. */
  | { readonly kind: 'refused'; readonly revision?: number; readonly reason: RefusalReason }
  /** Nobody told: it may have been carried out, may be later, or never. */
  | { readonly kind: 'unknown' }
  /** Certainly not carried out, now or later. */
  | { readonly kind: 'failed' }

/** True for what changes a row. */
export function isWrite(operation: Operation): operation is Write {
  return operation.kind === 'put' || operation.kind === 'delete'
}
