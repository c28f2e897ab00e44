/** A revision as part of a key: 16 hexadecimal digits, so that keys ascend with revisions. */
export function revisionKey(revision: number): string {
  return revision.toString(16).padStart(16, '0')
}

/** The revision that `revisionKey` made a key of. */
export function revisionOfKey(key: string): number {
  return Number.parseInt(key, 16)
}
