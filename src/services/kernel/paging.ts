import { trivetError } from '../../lib/errors.ts'
import type { Reader } from '../../state/read.ts'

/** At most this many resources in one answer of a list; also what 0 means. */
export const pageSizeMax = 1000

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** '' at the end. */
  readonly nextPageToken: string
}

/**
 * Cuts a page out of `items`, which stand in the list's stated order. `position` gives what orders them, unique per
 * item: the token names the position behind which the next page begins, so that a page is right also when the item
 * itself is gone. The token belongs to one incarnation.
 */
export function page<Item>(
  read: Reader,
  items: readonly Item[],
  request: { readonly pageSize: number; readonly pageToken: string },
  order: { readonly position: (item: Item) => string; readonly compare: (a: string, b: string) => number },
): Page<Item> {
  const size = request.pageSize === 0 ? pageSizeMax : Math.min(request.pageSize, pageSizeMax)
  const after = request.pageToken === '' ? undefined : parseToken(read, request.pageToken)
  const rest = after === undefined ? items : items.filter((item) => order.compare(order.position(item), after) > 0)
  const cut = rest.slice(0, size)
  const last = cut.at(-1)
  const more = rest.length > cut.length && last !== undefined
  return { items: cut, nextPageToken: more ? token(read, order.position(last)) : '' }
}

/** Order of code units, for positions that are plain text. */
export function textOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/**
 * The order of what runs: the newest first. Ids begin with the log time at which they were drawn, so that a jump of the
 * wall clock changes no order.
 */
export const newestFirst = {
  position: ({ key }: { readonly key: string }) => key,
  compare: (a: string, b: string) => textOrder(b, a),
}

/** All rows of a table of runs, the newest first. */
export function newestOf<Item extends { readonly key: string }>(ascending: Iterable<Item>): readonly Item[] {
  return [...ascending].reverse()
}

function token(read: Reader, position: string): string {
  return Buffer.from(JSON.stringify([read.incarnation, position])).toString('base64url')
}

function parseToken(read: Reader, text: string): string {
  const parsed = parseJson(Buffer.from(text, 'base64url').toString('utf8'))
  if (!Array.isArray(parsed) || parsed.length !== 2 || typeof parsed[1] !== 'string') {
    throw trivetError('INVALID_REQUEST', { reason: 'page_token is not one that a list answered with' })
  }
  if (parsed[0] !== read.incarnation) {
    throw trivetError('INCARNATION_MISMATCH', { given: String(parsed[0]), present: read.incarnation })
  }
  return parsed[1]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Not JSON is as wrong as JSON of another shape; the caller says so.
    return undefined
  }
}
