import { isLocallyAdministeredMac, isMac, isMulticastMac, parseMac } from '../../lib/mac.ts'
import { amountOf, fieldOf, listOf, textOf, type Document } from '../document.ts'
import type { InterfaceFacts } from '../facts.ts'
import { limits } from '../limits.ts'
import { idOf, type Resource } from './resource.ts'

/** Maps one EthernetInterface, of a system or of a manager. */
export function interfaceFacts(resource: Resource): InterfaceFacts {
  const document = resource.document
  // `MacAddress` is how iDRAC 8 spells it.
  const mac =
    usableMac(document['MACAddress']) ?? usableMac(document['MacAddress']) ?? usableMac(document['PermanentMACAddress'])
  const speedMbps = amountOf(document['SpeedMbps'])
  return {
    id: idOf(resource),
    mac,
    locallyAdministered: mac !== undefined && isLocallyAdministeredMac(mac),
    speedMbps: speedMbps === 0 ? undefined : speedMbps,
    link: linkOf(document['LinkStatus']),
    uefiDevicePath: textOf(document['UefiDevicePath'], limits.devicePathCharsMax),
    ipv4: ipv4Of(document),
  }
}

/** Canonical, or `undefined` for what no interface sends from: `Not Available`, blanks, zeros, multicast. */
export function usableMac(value: unknown): string | undefined {
  const text = textOf(value)
  if (text === undefined || !isMac(text)) return undefined
  const mac = parseMac(text)
  return isMulticastMac(mac) || mac === '00:00:00:00:00:00' ? undefined : mac
}

function linkOf(value: unknown): InterfaceFacts['link'] {
  const word = textOf(value)?.toLowerCase()
  if (word === 'linkup') return 'up'
  return word === 'linkdown' || word === 'nolink' ? 'down' : 'unknown'
}

function ipv4Of(document: Document): string | undefined {
  const first = textOf(fieldOf(listOf(document['IPv4Addresses'])[0], 'Address'))
  return first !== undefined && /^\d{1,3}(\.\d{1,3}){3}$/.test(first) && first !== '0.0.0.0' ? first : undefined
}
