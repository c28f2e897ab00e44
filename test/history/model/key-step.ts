import type { RefusalReason, Row, Write } from '../format/operation.ts'

/** A row that is there. Its revision is not known while nobody was shown what an unanswered write has left. */
export interface Present {
  readonly value: string
  readonly revision: number | undefined
}

/** One row, or none. */
export type KeyState = Present | null

/** What one call does to one row, or says about it. */
export type KeyStep =
  | { readonly kind: 'write'; readonly operation: Write; readonly revision: number | undefined }
  | { readonly kind: 'read'; readonly row: Row | null }
  | { readonly kind: 'refused'; readonly operation: Write; readonly reason: RefusalReason }

/**
 * Whether a row whose revision nobody has told may be the one of this revision. A checker that knows who wrote each
 * revision says no.
 */
export type MayBe = (revision: number) => boolean

/** The row behind a step that can happen to it; undefined if it cannot. */
export function after(state: KeyState, step: KeyStep, mayBe: MayBe): KeyState | undefined {
  switch (step.kind) {
    case 'write':
      return allows(state, step.operation, mayBe) ? leftBy(step.operation, step.revision) : undefined
    case 'read':
      return shows(state, step.row, mayBe)
    case 'refused':
      return refuses(state, step, mayBe) ? state : undefined
  }
}

/** Whether a write is carried out on this row. */
export function allows(state: KeyState, operation: Write, mayBe: MayBe): boolean {
  const condition = operation.if ?? (operation.kind === 'delete' ? 'present' : undefined)
  if (condition === undefined) return true
  if (typeof condition === 'string') return (condition === 'present') === (state !== null)
  return state !== null && isOf(state, condition.revision, mayBe)
}

/** The row that a write leaves. */
export function leftBy(operation: Write, revision: number | undefined): KeyState {
  return operation.kind === 'delete' ? null : { value: operation.value, revision }
}

/** What is known of the row when it was shown; undefined if that cannot have been. */
function shows(state: KeyState, row: Row | null, mayBe: MayBe): KeyState | undefined {
  if (state === null || row === null) return state === null && row === null ? null : undefined
  if (state.value !== row.value) return undefined
  if (row.revision === undefined) return state
  return isOf(state, row.revision, mayBe) ? { value: row.value, revision: row.revision } : undefined
}

function refuses(state: KeyState, { operation, reason }: KeyStep & { kind: 'refused' }, mayBe: MayBe): boolean {
  const condition = operation.if
  switch (reason) {
    case 'present':
      return condition === 'absent' && state !== null
    case 'absent':
      return state === null && condition !== 'absent' && (operation.kind === 'delete' || condition !== undefined)
    case 'changed':
      if (typeof condition !== 'object' || state === null) return false
      // A row of a revision that nobody told may be another one, whatever it is asked for.
      return state.revision === undefined || !isOf(state, condition.revision, mayBe)
  }
}

function isOf(state: Present, revision: number, mayBe: MayBe): boolean {
  return state.revision === undefined ? mayBe(revision) : state.revision === revision
}
