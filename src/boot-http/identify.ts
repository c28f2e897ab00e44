import { isTrivetError } from '../lib/errors.ts'
import { isId } from '../lib/id.ts'
import { isFirmwareFiller } from '../lib/firmware-filler.ts'
import { ownNames } from '../services/boot/render/ipxe-script.ts'
import type { Label } from '../services/inventory/rules/labels.ts'
import { nodesByLabel } from '../services/inventory/rules/labels.ts'
import type { StoredNode } from '../services/inventory/rules/references.ts'
import { findNode, findNodeByMac, findNodeByUuid } from '../services/inventory/rules/references.ts'
import { nodes } from '../services/inventory/tables.ts'
import type { Reader } from '../state/read.ts'

/** All zeros is what iPXE says when SMBIOS has no UUID. */
const noUuid = '00000000-0000-0000-0000-000000000000'

/** Query parameters by which a machine may name itself, and how each is looked up. */
const identifiers: readonly (readonly [name: string, find: (read: Reader, value: string) => StoredNode | undefined])[] =
  [
    ['node', findNode],
    ['mac', findNodeByMac],
    ['uuid', (read, value) => (value === noUuid ? undefined : findNodeByUuid(read, value.toLowerCase()))],
    ['xname', findNode],
    ['host', findNode],
    ['nid', (read, value) => findNode(read, `nid:${value}`)],
  ]

/** Nearly every machine says the UUID that its node is known by: that takes no look-up. */
function isOwn(node: StoredNode | undefined, name: string, value: string): boolean {
  return name === 'uuid' && node?.value.uuid === value
}

/** Those by which several machines may be called: what SMBIOS says, iPXE's `${serial}` and `${asset}`. */
const labels: readonly (readonly [name: string, label: Label])[] = [
  ['serial', 'serialNumber'],
  ['asset', 'assetTag'],
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
 * for ever if it came by its xname, and somebody else if its names were of two nodes. An id that no node has is ours, and
 * may be of a node that was deleted: the machine, which may be another node by now, says who it is in its own words, too.
 */
export function askAgain(read: Reader, query: Readonly<Record<string, unknown>>): string {
  const names = identifiers.flatMap(([name]) =>
    valuesOf(query, name).flatMap((value) => (repeatable.test(value) ? [`${name}=${value}`] : [])),
  )
  const isOrphaned = valuesOf(query, 'node').some(
    (value) => isId(value, 'node') && read.get(nodes, value) === undefined,
  )
  const given = [...names, ...labels.flatMap(([name]) => labelsAgain(query, name))]
  const repeated = given.slice(0, repeatedMax)
  return (given.length === 0 || isOrphaned ? [...repeated, ownNames] : repeated).join('&')
}

/** What needs escapes in a script or an URL, iPXE says in its own words: the machine's label is what it came by. */
function labelsAgain(query: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const given = valuesOf(query, name).filter((value) => !isFirmwareFiller(value))
  const words = given.map((value) => `${name}=${repeatable.test(value) ? value : `\${${name}:uristring}`}`)
  return [...new Set(words)]
}

/**
 * Finds the node that a machine's query names (boot rule R8). Names that nobody has are passed over, as long as another
 * one is known: a machine may have interfaces that trivet never heard of. A serial number or asset tag may be of several
 * nodes: it is of the one that the other names mean, and of nobody if it is not among them.
 */
export function identify(read: Reader, query: Readonly<Record<string, unknown>>): Identity {
  const named: StoredNode[] = []
  for (const [name, find] of identifiers) {
    for (const value of valuesOf(query, name)) {
      if (isOwn(named[0], name, value)) continue
      const node = value.length <= valueCharsMax ? lookUp(() => find(read, value)) : undefined
      if (node !== undefined && !named.some(({ key }) => key === node.key)) named.push(node)
    }
  }
  if (named.length > 1) return ambiguous(named)
  return identifyByLabels(read, query, named)
}

/** Goes on with what serial numbers and asset tags say, where `named` is the one node that other names mean, or none. */
function identifyByLabels(
  read: Reader,
  query: Readonly<Record<string, unknown>>,
  named: readonly StoredNode[],
): Identity {
  let candidates = named
  for (const [name, label] of labels) {
    for (const value of valuesOf(query, name)) {
      // Nearly every machine says what its node is known by: that takes no look-up.
      if (candidates.length === 1 && candidates[0]!.value[label] === value) continue
      const holders = value.length <= valueCharsMax ? nodesByLabel(read, label, value) : []
      if (holders.length === 0) continue
      const both = candidates.filter(({ key }) => holders.some((holder) => holder.key === key))
      if (candidates.length > 0 && both.length === 0) return ambiguous([...candidates, ...holders])
      candidates = candidates.length === 0 ? holders : both
    }
  }
  const [node] = candidates
  if (node === undefined) return { kind: 'unknown' }
  return candidates.length === 1 ? { kind: 'node', nodeId: node.key } : ambiguous(candidates)
}

function ambiguous(found: readonly StoredNode[]): Identity {
  return { kind: 'ambiguous', nodeIds: found.map(({ key }) => key) }
}

/** A parameter may be given several times. */
function valuesOf(query: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const given = query[name]
  if (given === undefined || given === '') return none
  if (typeof given === 'string') return [given]
  return Array.isArray(given) ? given.filter((value) => typeof value === 'string' && value !== '') : none
}

const none: readonly string[] = []

function lookUp(find: () => StoredNode | undefined): StoredNode | undefined {
  try {
    return find()
  } catch (error) {
    // Something that cannot be an xname or a NID names nobody.
    if (isTrivetError(error)) return undefined
    throw error
  }
}
