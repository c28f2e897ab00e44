import type { Recorded } from '../format/history.ts'
import type { KeyStep } from '../model/key-step.ts'

/** What happened to one row at a revision. A write stands at its revision, what stands on that one comes behind it. */
export interface KeyEvent {
  readonly revision: number
  readonly isWrite: boolean
  /** Revision up to which the same was seen again and again; the same as `revision` for what happened once. */
  readonly until: number
  /** What happened; of a pin, only that one of the unanswered writes did. */
  readonly step: KeyStep | { readonly kind: 'pin'; readonly value: string | undefined }
  /** Who says so. */
  readonly source: Recorded
}

/** By revision; a write before what stands on it, and what began first before the rest. */
export function inOrder(one: KeyEvent, other: KeyEvent): number {
  return (
    one.revision - other.revision ||
    Number(other.isWrite) - Number(one.isWrite) ||
    one.source.begin - other.source.begin
  )
}
