import type { TrivetError } from '../lib/errors.ts'
import { trivetError } from '../lib/errors.ts'
import type { Bookmark, Change } from './change.ts'
import { changeOfStored } from './change.ts'
import { bookmarkIntervalMs, bookmarkSkippedMax } from './limits.ts'
import type { State } from './pure/state.ts'
import type { RecentChanges } from './recent-changes.ts'
import type { Scheduler } from './scheduler.ts'
import { changeKey } from './storage/keys.ts'
import { decodeChange } from './storage/records.ts'
import type { StateStore } from './storage/state-store.ts'
import type { Threshold } from './threshold.ts'

/** Where and what to watch. */
export interface WatchOptions {
  /** The last revision that the watcher has; undefined begins behind the present one. */
  readonly afterRevision: number | undefined
  /** Only rows of these tables; undefined is all. */
  readonly tables: readonly string[] | undefined
  /** The incarnation that `afterRevision` belongs to, if the watcher knows it. */
  readonly incarnation?: string
  readonly signal: AbortSignal
}

/** What a watch reads from. */
export interface WatchSources {
  readonly state: State
  readonly recent: RecentChanges
  readonly store: StateStore
  readonly revisions: Threshold
  readonly scheduler: Scheduler
}

/**
 * Changes in the order of revisions, each whole and once (log.md, rule 19): resumable at any peer and after a restart,
 * within the history that is kept. A watcher that is idle gets bookmarks. Ends when `signal` aborts.
 * Errors: CHANGES_COMPACTED, then list again; WATCH_TOO_SLOW for one that was up to date and fell behind by more than
 * memory keeps; INCARNATION_MISMATCH.
 */
export async function* watchChanges(
  { state, recent, store, revisions, scheduler }: WatchSources,
  { afterRevision, tables, incarnation, signal }: WatchOptions,
): AsyncGenerator<Change | Bookmark> {
  if (incarnation !== undefined && incarnation !== state.incarnation) {
    throw trivetError('INCARNATION_MISMATCH', { given: incarnation, present: state.incarnation })
  }
  let at = afterRevision ?? state.revision
  let isUpToDate = false
  let skipped = 0
  while (!signal.aborted) {
    if (at >= state.revision) {
      isUpToDate = true
      const isMore = await moreBefore(bookmarkIntervalMs, { revisions, scheduler, signal, revision: at + 1 })
      // A watcher that knows more than this peer has applied waits without a bookmark.
      if (!isMore && !signal.aborted && at === state.revision) yield { kind: 'bookmark', revision: at }
      continue
    }
    const changes = recent.after(at, sliceMax) ?? (isUpToDate ? tooSlow(at, state) : await readBack(store, at))
    for (const change of changes) {
      at = change.revision
      const seen = tables === undefined ? change : only(change, tables)
      if (signal.aborted) return
      skipped = tables === undefined || seen.rows.length > 0 ? 0 : skipped + 1
      if (skipped === 0) yield seen
      if (skipped < bookmarkSkippedMax) continue
      skipped = 0
      yield { kind: 'bookmark', revision: at }
    }
  }
}

/** Changes that are taken at once. */
const sliceMax = 256

/** No more are read back at once when they hold this much: one has up to 2 MiB, and there are many watchers. */
const sliceBytesTarget = 1024 * 1024

/** True if this revision is applied before the time is over. */
async function moreBefore(
  timeMs: number,
  on: Pick<WatchSources, 'revisions' | 'scheduler'> & { readonly revision: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const idle = new AbortController()
  const cancel = on.scheduler.after(timeMs, () => idle.abort())
  try {
    await on.revisions.when(on.revision, AbortSignal.any([idle.signal, on.signal]))
    return true
  } catch {
    // Time is over, or the watcher is gone.
    return false
  } finally {
    cancel()
  }
}

async function readBack(store: StateStore, after: number): Promise<Change[]> {
  if (after + 1 < store.oldestChange) throw compacted(store, after)
  const limit = store.changesFrom(after + 1, { countMax: sliceMax, bytesTarget: sliceBytesTarget })
  const range = { from: changeKey(after + 1), to: changeKey(after + 1 + limit), limit }
  const pairs = await store.range(range)
  const changes = pairs.map(({ value }) => changeOfStored(decodeChange(value)))
  // LevelDB drops damaged records silently: a gap is as good as no history.
  const isWhole = changes.every(({ revision }, position) => revision === after + 1 + position)
  if (changes.length > 0 && isWhole) return changes
  throw compacted(store, after)
}

function compacted(store: StateStore, after: number): TrivetError {
  return trivetError('CHANGES_COMPACTED', { after, oldest: store.oldestChange })
}

function tooSlow(at: number, { revision }: State): never {
  throw trivetError('WATCH_TOO_SLOW', { at, present: revision })
}

function only(change: Change, tables: readonly string[]): Change {
  return { ...change, rows: change.rows.filter(({ table }) => tables.includes(table)) }
}
