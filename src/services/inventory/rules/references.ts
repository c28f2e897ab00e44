import { suggestion } from '../../../lib/closest.ts'
import { trivetError } from '../../../lib/errors.ts'
import { canonicalMac, parseMac } from '../../../lib/mac.ts'
import { isUuid } from '../../../lib/uuid7.ts'
import { describeXnameType, parseXname, xnameType } from '../../../lib/xname.ts'
import { parseBmcAddress } from '../../../redfish/bmc-address.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { bmcs, groups, interfaces, nodes } from '../tables.ts'

/** The one tenant that there is. It is part of every unique key, so that more can come. */
export const onlyTenant = ''

/** A node that was read. */
export type StoredNode = Stored<RowOf<typeof nodes>>

/** A BMC that was read. */
export type StoredBmc = Stored<RowOf<typeof bmcs>>

/** A group that was read. */
export type StoredGroup = Stored<RowOf<typeof groups>>

/** Finds a node by id, xname, host name, NID (`nid:12`), MAC address or UUID; undefined if there is none. */
export function findNode(read: Reader, reference: string): StoredNode | undefined {
  const text = reference.trim()
  const byId = read.get(nodes, text)
  if (byId !== undefined) return byId
  const nid = /^nid:0*([0-9]{1,10})$/i.exec(text)?.[1]
  if (nid !== undefined) return read.unique(nodes, 'nid', [onlyTenant, nid])
  const plain = text.toLowerCase()
  return (
    findNodeByMac(read, text) ??
    findNodeByUuid(read, plain) ??
    (xnameType(text) === 'Node' ? read.unique(nodes, 'xname', [onlyTenant, parseXname(text).text]) : undefined) ??
    // A host name may look like any of them: `deadbeefcafe` is a MAC address, too.
    read.unique(nodes, 'hostname', [onlyTenant, plain])
  )
}

/** The node with this MAC address, in any of its forms; undefined for anything else. */
export function findNodeByMac(read: Reader, text: string): StoredNode | undefined {
  const mac = canonicalMac(text)
  const found = mac === undefined ? undefined : read.unique(interfaces, 'mac', [onlyTenant, mac])
  return found && read.get(nodes, found.value.nodeId)
}

/** The node whose firmware reports this UUID, in small letters; undefined for anything else. */
export function findNodeByUuid(read: Reader, text: string): StoredNode | undefined {
  return isUuid(text) ? read.unique(nodes, 'uuid', [onlyTenant, text]) : undefined
}

/**
 * The node that a reference means.
 * Errors: NODE_NOT_FOUND with the nearest name; XNAME_INVALID for an xname that cannot be; NODE_IS_A_BMC with the
 * nodes behind a BMC's xname; XNAME_WRONG_TYPE for the xname of anything else.
 */
export function nodeByReference(read: Reader, reference: string): StoredNode {
  const found = findNode(read, reference)
  if (found !== undefined) return found
  const bmc = findBmc(read, reference)
  if (bmc !== undefined || xnameType(reference) === 'NodeBMC') throw isBmc(read, reference, bmc)
  if (looksLikeXname(reference)) {
    const { text, type } = parseXname(reference)
    if (type !== 'Node') {
      throw trivetError('XNAME_WRONG_TYPE', { xname: text, present: describeXnameType(type), wanted: 'node' })
    }
  }
  const names = [...read.all(nodes)].flatMap(({ value }) => [value.xname, value.hostname]).filter((name) => name !== '')
  throw trivetError('NODE_NOT_FOUND', { node: reference, suggestion: suggestion(reference, names) })
}

function isBmc(read: Reader, reference: string, bmc: StoredBmc | undefined) {
  const behind = bmc === undefined ? [] : read.bucket(nodes, 'bmc', bmc.key).map(({ value }) => value.xname)
  const known = behind.length > 0 ? `its nodes are ${behind.join(', ')}` : 'no nodes are known behind it'
  return trivetError('NODE_IS_A_BMC', { reference, nodes: known })
}

/** Finds a BMC by id, xname or address; undefined if there is none. */
export function findBmc(read: Reader, reference: string): StoredBmc | undefined {
  const text = reference.trim()
  const byId = read.get(bmcs, text)
  if (byId !== undefined) return byId
  const byXname = xnameType(text) && read.unique(bmcs, 'xname', [onlyTenant, parseXname(text).text])
  return byXname ?? read.unique(bmcs, 'address', [onlyTenant, canonicalAddress(text)])
}

/** An address in the form in which it is kept, whatever its case and port; anything else is nobody's. */
function canonicalAddress(text: string): string {
  try {
    return parseBmcAddress(text).text
  } catch {
    // It was asked whether it is the address of a BMC, not why it is none.
    return text
  }
}

/** The BMC that a reference means. Errors: BMC_NOT_FOUND with the nearest name; XNAME_INVALID. */
export function bmcByReference(read: Reader, reference: string): StoredBmc {
  const found = findBmc(read, reference)
  if (found !== undefined) return found
  if (looksLikeXname(reference)) parseXname(reference)
  const names = [...read.all(bmcs)].flatMap(({ value }) => [value.xname, value.address])
  throw trivetError('BMC_NOT_FOUND', { bmc: reference, suggestion: suggestion(reference, names) })
}

/** The group that a reference, id or name, means. Errors: GROUP_NOT_FOUND with the nearest name. */
export function groupByReference(read: Reader, reference: string): StoredGroup {
  const name = reference.trim().replace(/^@/, '').toLowerCase()
  const found = read.get(groups, reference.trim()) ?? read.unique(groups, 'name', [onlyTenant, name])
  if (found !== undefined) return found
  const names = [...read.all(groups)].map(({ value }) => value.name)
  throw trivetError('GROUP_NOT_FOUND', { group: reference, suggestion: suggestion(name, names) })
}

/** The interface that a reference, id or MAC address, means. Errors: INTERFACE_NOT_FOUND, MAC_INVALID. */
export function interfaceByReference(read: Reader, reference: string): Stored<RowOf<typeof interfaces>> {
  const byId = read.get(interfaces, reference.trim())
  const found = byId ?? read.unique(interfaces, 'mac', [onlyTenant, parseMac(reference)])
  if (found !== undefined) return found
  throw trivetError('INTERFACE_NOT_FOUND', { interface: reference })
}

/** A cabinet and more: what a person who writes it means as a place, even when it is misspelt. */
function looksLikeXname(reference: string): boolean {
  return /^x\d+c\d+/i.test(reference.trim())
}
