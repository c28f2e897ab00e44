import type { Operation } from '../clients/operation.ts'

/** A write as a client sends it to a peer. */
export interface WriteCall {
  readonly requestId: string
  readonly operation: Operation
  /** The client has sent this id before, and waits for the earlier try no longer. */
  readonly retry: boolean
}

/** What a client is told. */
export type WriteResult =
  | { readonly kind: 'ok'; readonly revision: number; readonly replayed: boolean }
  /** By a rule; `revision` is what that stands on. */
  | { readonly kind: 'refused'; readonly revision: number; readonly code: string }
  /** The request was not looked at, and was certainly not carried out by this try. */
  | { readonly kind: 'turned_away'; readonly code: string }
  /** Nobody here knows whether it was carried out. */
  | { readonly kind: 'unknown' }
