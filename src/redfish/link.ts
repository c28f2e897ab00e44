import { fieldOf } from './document.ts'
import { limits } from './limits.ts'

/**
 * The path that a BMC's link leads to, if we follow it: it stays below `/redfish/v1` of the same origin. Absolute
 * links are refused even when they name the BMC itself, because a hostile one could name anything behind our
 * firewall. A query (`nextLink`) is kept, a fragment is dropped.
 */
export function linkedPath(link: unknown): string | undefined {
  const href = typeof link === 'string' ? link : fieldOf(link, '@odata.id')
  if (typeof href !== 'string' || href.length > limits.pathCharsMax) return undefined
  const path = href.split('#', 1)[0]!
  if (!/^\/redfish\/v1(?:\/[!$&-;=@A-Z_a-z~%[\]]*)?(?:\?[!$&-;=?@A-Z_a-z~%[\]]*)?$/.test(path)) return undefined
  return /\/\/|\/\.{1,2}(?:\/|\?|$)|%2e|%2f|%5c/i.test(path.split('?', 1)[0]!) ? undefined : path
}

/** Where a redirect or a `Location` header leads: a path as above, or an absolute URL of the very same origin. */
export function locationPath(location: unknown, origin: string): string | undefined {
  if (typeof location !== 'string' || location.length > limits.pathCharsMax + origin.length) return undefined
  if (!URL.canParse(location)) return linkedPath(location)
  const url = new URL(location)
  if (url.origin !== new URL(origin).origin || url.username !== '' || url.password !== '') return undefined
  return linkedPath(url.pathname + url.search)
}

/** The path without trailing slash: what a resource is stored under. */
export function resourcePath(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** For comparing paths of one BMC: HPE spells them with and without trailing slash, and in mixed case. */
export function pathKey(path: string): string {
  return resourcePath(path).toLowerCase()
}

/** The last part of a path, which is the resource's id unless it says otherwise. */
export function lastSegment(path: string): string {
  return resourcePath(path.split('?', 1)[0]!).split('/').at(-1) ?? ''
}
