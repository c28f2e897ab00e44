import { revisionKey } from '../pure/revision-key.ts'

/** Where things stand in `state/`. Table names and revision keys contain no slash. */
export const markKey = 'm'

/** The key of a row; the row's own key ends it, whatever it contains. */
export function rowKey(table: string, key: string): string {
  return `r/${table}/${key}`
}

/** Outcomes stand in the order of their transactions. */
export function outcomeKey(revision: number): string {
  return `o/${revisionKey(revision)}`
}

/** Changes stand in the order of their transactions. */
export function changeKey(revision: number): string {
  return `c/${revisionKey(revision)}`
}

/** The end of all keys that begin with `prefix`, which ends with a slash. */
export function endOf(prefix: string): string {
  return `${prefix.slice(0, -1)}0`
}
