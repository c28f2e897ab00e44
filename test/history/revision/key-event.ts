import type { Recorded } from '../format/history.ts'
import type { KeyState, KeyStep } from '../model/key-step.ts'
import { leftBy } from '../model/key-step.ts'
import type { RowRevision } from './window.ts'
import { revisionAsked } from './window.ts'

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

/** The row behind a step that says what it is, whatever came before; undefined for one that leaves that open. */
export function fixedBy(step: KeyEvent['step']): { readonly row: KeyState } | undefined {
  if (step.kind === 'write') return { row: leftBy(step.operation, step.revision) }
  if (step.kind !== 'read') return undefined
  const { row } = step
  if (row === null) return { row }
  return row.revision === undefined ? undefined : { row: { value: row.value, revision: row.revision } }
}

/** What a step says of the revision of the row, beside what the row itself must show. */
export function revisionSaidBy(step: KeyEvent['step']): RowRevision {
  if (step.kind !== 'refused' || step.reason !== 'changed') return { not: [] }
  const revision = revisionAsked(step.operation)
  return { not: revision === undefined ? [] : [revision] }
}

/** Values that a step shows. */
export function valuesShownBy(step: KeyEvent['step']): string[] {
  if (step.kind === 'pin') return step.value === undefined ? [] : [step.value]
  return step.kind === 'read' && step.row !== null ? [step.row.value] : []
}
