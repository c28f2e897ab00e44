import { trivetError } from '../../../lib/errors.ts'
import { isFirmwareFiller } from '../../../lib/firmware-filler.ts'
import { isUuid } from '../../../lib/uuid7.ts'
import { requireXname } from '../../../lib/xname.ts'
import type { Reader } from '../../../state/read.ts'
import { bmcs, interfaces, nodes } from '../tables.ts'
import { onlyTenant } from './references.ts'

/** RFC 1123 host names, in small letters; labels of at most 63 characters. */
const hostnamePattern = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/

/** The canonical xname of a node that no other node has. Errors: XNAME_INVALID, XNAME_WRONG_TYPE, XNAME_IN_USE. */
export function freeNodeXname(read: Reader, text: string, own = ''): string {
  const xname = requireXname(text, ['Node']).text
  const holder = read.unique(nodes, 'xname', [onlyTenant, xname])
  if (holder !== undefined && holder.key !== own) {
    throw trivetError('XNAME_IN_USE', { xname, holder: holder.key, revision: holder.revision })
  }
  return xname
}

/** The canonical xname of a BMC that no other BMC has. Errors: XNAME_INVALID, XNAME_WRONG_TYPE, XNAME_IN_USE. */
export function freeBmcXname(read: Reader, text: string, own = ''): string {
  const xname = requireXname(text, ['NodeBMC']).text
  const holder = read.unique(bmcs, 'xname', [onlyTenant, xname])
  if (holder !== undefined && holder.key !== own) {
    throw trivetError('XNAME_IN_USE', { xname, holder: holder.key, revision: holder.revision })
  }
  return xname
}

/** A NID that no other node has; 0 stands for none. Errors: NID_IN_USE, naming the holder. */
export function freeNid(read: Reader, nid: number, own = ''): number {
  const holder = nid === 0 ? undefined : read.unique(nodes, 'nid', [onlyTenant, `${nid}`])
  if (holder !== undefined && holder.key !== own) {
    throw trivetError('NID_IN_USE', { nid, holder: holder.value.xname, revision: holder.revision })
  }
  return nid
}

/** A NID that somebody wrote: positive. Errors: NID_NOT_POSITIVE; NID_IN_USE. */
export function givenNid(read: Reader, nid: number, own = ''): number {
  if (nid === 0) throw trivetError('NID_NOT_POSITIVE', {})
  return freeNid(read, nid, own)
}

/** A host name in canonical form that no other node has; '' stands for none. Errors: HOSTNAME_INVALID, HOSTNAME_IN_USE. */
export function freeHostname(read: Reader, text: string, own = ''): string {
  const hostname = text.trim().toLowerCase()
  if (hostname === '') return ''
  if (!hostnamePattern.test(hostname)) throw trivetError('HOSTNAME_INVALID', { hostname: text })
  const holder = read.unique(nodes, 'hostname', [onlyTenant, hostname])
  if (holder !== undefined && holder.key !== own) {
    throw trivetError('HOSTNAME_IN_USE', { hostname, holder: holder.value.xname, revision: holder.revision })
  }
  return hostname
}

/** A UUID in canonical form that no other node has; '' stands for none. Errors: UUID_INVALID, UUID_IN_USE. */
export function freeUuid(read: Reader, text: string, own = ''): string {
  const uuid = text.trim().toLowerCase()
  if (uuid === '') return ''
  if (!isUuid(uuid))
    throw trivetError('UUID_INVALID', { uuid: text, reason: '8-4-4-4-12 hexadecimal digits are expected' })
  const holder = read.unique(nodes, 'uuid', [onlyTenant, uuid])
  if (holder !== undefined && holder.key !== own) {
    throw trivetError('UUID_IN_USE', { uuid, holder: holder.value.xname, revision: holder.revision })
  }
  return uuid
}

/**
 * A serial number or asset tag that somebody wrote, as it is kept: trimmed; '' stands for none. It need not be unique.
 * Errors: LABEL_INVALID for what a machine cannot call itself, and for what names none.
 */
export function givenLabel(kind: 'serial number' | 'asset tag', text: string): string {
  const label = text.trim()
  if (label === '') return ''
  const invalid = (reason: string) => trivetError('LABEL_INVALID', { kind, label: JSON.stringify(label), reason })
  const stray = /[\p{Cc}\p{Zl}\p{Zp}]/u.exec(label)
  if (stray !== null) throw invalid(`a control character stands at offset ${stray.index}`)
  if (isFirmwareFiller(label)) throw invalid('firmware says so where nobody filled in anything')
  return label
}

/** Refuses a MAC address, in canonical form, that another node has. Errors: MAC_IN_USE with node and interface. */
export function requireFreeMac(read: Reader, mac: string, ownNode = ''): void {
  const holder = read.unique(interfaces, 'mac', [onlyTenant, mac])
  if (holder === undefined || holder.value.nodeId === ownNode) return
  const node = read.get(nodes, holder.value.nodeId)
  throw trivetError('MAC_IN_USE', {
    mac,
    holder: node?.value.xname ?? holder.value.nodeId,
    interface: holder.value.name === '' ? holder.key : holder.value.name,
    revision: holder.revision,
  })
}
