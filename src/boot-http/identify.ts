import { isTrivetError } from '../lib/errors.ts'
import { isMac } from '../lib/mac.ts'
import { ownNames } from '../services/boot/render/ipxe-script.ts'
import { findNode } from '../services/inventory/rules/references.ts'
import type { Reader } from '../state/read.ts'

/** Query parameters by which a machine may name itself, and how each is looked up. */
const identifiers = {
  node: (value: string) => value,
  mac: (value: string) => (isMac(value) ? value : ''),
  // All zeros is what iPXE says when SMBIOS has no UUID.
  uuid: (value: string) => (/^[0-]*$/.test(value) ? '' : value),
  xname: (value: string) => value,
  host: (value: string) => value,
  nid: (value: string) => `nid:${value}`,
} as const

/** Longest value that is looked at. */
const valueCharsMax = 255

/** Names that are repeated in a script: no character of theirs means anything to iPXE, and a few are enough. */
const repeatable = /^[A-Za-z0-9._:-]{1,255}$/
const repeatedMax = 8

/** Who asks. */
export type Identity =
  | { readonly kind: 'node'; readonly nodeId: string }
  | { readonly kind: 'unknown' }
  /** What it says of itself belongs to several nodes. */
  | { readonly kind: 'ambiguous'; readonly nodeIds: readonly string[] }

/**
 * How a machine says who it is when it asks again: as it did. By its own MAC address and UUID alone it would be unknown
 * for ever if it came by its xname, and somebody else if its names were of two nodes.
 */
export function askAgain(query: Readonly<Record<string, unknown>>): string {
  const given = Object.keys(identifiers).flatMap((name) =>
    [query[name]].flat().flatMap((value) => {
      const usable = typeof value === 'string' && repeatable.test(value)
      return usable ? [`${name}=${value}`] : []
    }),
  )
  return given.length === 0 ? ownNames : given.slice(0, repeatedMax).join('&')
}

/**
 * Finds the node that a machine's query names (boot rule R8). Names that nobody has are passed over, as long as another
 * one is known: a machine may have interfaces that trivet never heard of.
 */
export function identify(read: Reader, query: Readonly<Record<string, unknown>>): Identity {
  const found = new Set<string>()
  for (const [name, form] of Object.entries(identifiers)) {
    for (const value of [query[name]].flat()) {
      if (typeof value !== 'string' || value === '' || value.length > valueCharsMax) continue
      const reference = form(value)
      const nodeId = reference === '' ? undefined : lookUp(read, reference)
      if (nodeId !== undefined) found.add(nodeId)
    }
  }
  const [first, ...others] = found
  if (first === undefined) return { kind: 'unknown' }
  return others.length === 0 ? { kind: 'node', nodeId: first } : { kind: 'ambiguous', nodeIds: [...found] }
}

function lookUp(read: Reader, reference: string): string | undefined {
  try {
    return findNode(read, reference)?.key
  } catch (error) {
    // Something that cannot be an xname or a NID names nobody.
    if (isTrivetError(error)) return undefined
    throw error
  }
}
