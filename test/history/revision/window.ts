import type { Write } from '../format/operation.ts'
import type { FreeRevisions } from './free-revisions.ts'
import type { Hidden } from './key-history.ts'

/** Where a write that nobody was told of must have happened: at a free revision of these, but not at some of them. */
export interface Window {
  readonly first: number
  readonly last: number
  readonly not: readonly number[]
}

/** What a call says of the revision of the row before it: which it is, or which it is not. */
export interface RowRevision {
  readonly is?: number | undefined
  readonly not: readonly number[]
}

/** A window with what is known in addition; undefined if nothing of it is left. */
export function narrowed(window: Window, { is, not }: RowRevision, free: FreeRevisions): Window | undefined {
  const narrow = { ...window, not: [...window.not, ...not] }
  if (is !== undefined) {
    const isPossible = is >= narrow.first && is <= narrow.last && free.has(is) && !narrow.not.includes(is)
    return isPossible ? { first: is, last: is, not: [] } : undefined
  }
  const first = firstOf(narrow.first - 1, narrow.not, free)
  return first > narrow.last ? undefined : { ...narrow, first }
}

/** Where one write of a sequence may be: behind one event of its row, and not behind another one. */
export interface Slot {
  readonly hidden: Hidden
  readonly above: number
  readonly last: number
  /** What is known of the revision of the row that it leaves. */
  readonly row: RowRevision
}

/** Windows for writes that happen one after another in their slots; undefined if there is no room for them. */
export function windowsFor(slots: readonly Slot[], free: FreeRevisions): Window[] | undefined {
  const windows: Window[] = []
  let before = 0
  for (const { hidden, above, last, row } of slots) {
    const whole = { first: Math.max(before, above, hidden.above) + 1, last, not: [] }
    const window = narrowed(whole, row, free)
    if (window === undefined) return undefined
    windows.push(window)
    before = window.first
  }
  for (let at = windows.length - 2; at >= 0; at--) {
    windows[at] = { ...windows[at]!, last: Math.min(windows[at]!.last, windows[at + 1]!.last - 1) }
  }
  return windows
}

/** The revision that a write asks of the row before it. */
export function revisionAsked(operation: Write): number | undefined {
  return typeof operation.if === 'object' ? operation.if.revision : undefined
}

/**
 * Finds a free revision of its own for each window, the one that ends first before the others. A success proves that
 * they fit; without exclusions, a failure that they do not.
 */
export function canAllBePlaced(windows: readonly Window[], free: FreeRevisions): boolean {
  const waiting = windows.toSorted((one, other) => one.first - other.first)
  const open: Window[] = []
  let revision = 0
  for (let next = 0; next < waiting.length || open.length > 0;) {
    if (open.length === 0) revision = Math.max(revision, waiting[next]!.first - 1)
    revision = free.above(revision)
    while (next < waiting.length && waiting[next]!.first <= revision) open.push(waiting[next++]!)
    if (open.some(({ last }) => last < revision)) return false
    open.sort((one, other) => one.last - other.last)
    const chosen = open.findIndex(({ not }) => !not.includes(revision))
    if (chosen !== -1) open.splice(chosen, 1)
  }
  return true
}

function firstOf(above: number, not: readonly number[], free: FreeRevisions): number {
  let revision = free.above(above)
  while (not.includes(revision)) revision = free.above(revision)
  return revision
}
