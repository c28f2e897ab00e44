/** One key in one index of a table. Travels with the row, so that no peer decodes a row to keep its indexes. */
export interface IndexKey {
  readonly index: string
  readonly key: string
}

/**
 * One string for the parts of a unique key, different for different parts. Part of the log for ever.
 * `['', 'a/b']` gives `/a%2Fb`.
 */
export function joinParts(parts: readonly string[]): string {
  // Every look-up by a unique key comes by here.
  let joined = escapePart(parts[0] ?? '')
  for (let at = 1; at < parts.length; at += 1) joined += `/${escapePart(parts[at]!)}`
  return joined
}

/** The key of an index entry within a map over all indexes of a table. An index name contains no slash. */
export function indexId(key: IndexKey): string {
  return `${key.index}/${key.key}`
}

function escapePart(part: string): string {
  return special.test(part) ? part.replaceAll('%', '%25').replaceAll('/', '%2F') : part
}

const special = /[%/]/
