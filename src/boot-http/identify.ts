import { isTrivetError } from '../lib/errors.ts'
import { ownNames } from '../services/boot/render/ipxe-script.ts'
import { findNode, findNodeByMac, findNodeByUuid } from '../services/inventory/rules/references.ts'
import type { Reader } from '../state/read.ts'

/** All zeros is what iPXE says when SMBIOS has no UUID. */
const noUuid = '00000000-0000-0000-0000-000000000000'

/** Query parameters by which a machine may name itself, and how each is looked up. */
const identifiers: readonly (readonly [
  name: string,
  find: (read: Reader, value: string) => { readonly key: string } | undefined,
])[] = [
  ['node', findNode],
  ['mac', findNodeByMac],
  ['uuid', (read, value) => (value === noUuid ? undefined : findNodeByUuid(read, value.toLowerCase()))],
  ['xname', findNode],
  ['host', findNode],
  ['nid', (read, value) => findNode(read, `nid:${value}`)],
]

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
  const given = identifiers.flatMap(([name]) =>
    valuesOf(query, name).flatMap((value) => (repeatable.test(value) ? [`${name}=${value}`] : [])),
  )
  return given.length === 0 ? ownNames : given.slice(0, repeatedMax).join('&')
}

/**
 * Finds the node that a machine's query names (boot rule R8). Names that nobody has are passed over, as long as another
 * one is known: a machine may have interfaces that trivet never heard of.
 */
export function identify(read: Reader, query: Readonly<Record<string, unknown>>): Identity {
  const nodeIds: string[] = []
  for (const [name, find] of identifiers) {
    for (const value of valuesOf(query, name)) {
      const nodeId = value.length <= valueCharsMax ? lookUp(() => find(read, value)) : undefined
      if (nodeId !== undefined && !nodeIds.includes(nodeId)) nodeIds.push(nodeId)
    }
  }
  const [nodeId] = nodeIds
  if (nodeId === undefined) return { kind: 'unknown' }
  return nodeIds.length === 1 ? { kind: 'node', nodeId } : { kind: 'ambiguous', nodeIds }
}

/** A parameter may be given several times. */
function valuesOf(query: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const given = query[name]
  if (given === undefined || given === '') return none
  if (typeof given === 'string') return [given]
  return Array.isArray(given) ? given.filter((value) => typeof value === 'string' && value !== '') : none
}

const none: readonly string[] = []

function lookUp(find: () => { readonly key: string } | undefined): string | undefined {
  try {
    return find()?.key
  } catch (error) {
    // Something that cannot be an xname or a NID names nobody.
    if (isTrivetError(error)) return undefined
    throw error
  }
}
