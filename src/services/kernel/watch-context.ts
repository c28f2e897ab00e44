import type { Reader } from '../../state/read.ts'

/** What a watch may use. */
export interface WatchContext {
  /** Ends the watch: the caller went away, or this peer stops. */
  readonly signal: AbortSignal
  /** Applied state of this peer. */
  reader(): Reader
  /** The change stream: whole revisions in order. */
  changes(options: {
    /** Start behind this revision; undefined starts now. */
    readonly afterRevision: number | undefined
    /** Only rows of these tables; undefined is all. */
    readonly tables: readonly string[] | undefined
  }): AsyncIterable<ChangeEvent>
}

/** One transaction as a watcher sees it, or a bookmark: nothing to show up to this revision. */
export type ChangeEvent =
  | { readonly kind: 'bookmark'; readonly revision: number }
  | {
      readonly kind: 'change'
      readonly revision: number
      readonly timeMs: number
      readonly principal: string
      readonly method: string
      readonly reason: string
      readonly requestId: string
      readonly rows: readonly ChangedRow[]
    }

/** One row that a transaction changed. Bytes are absent where there was no row before, or is none now. */
export interface ChangedRow {
  readonly table: string
  readonly key: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
}
