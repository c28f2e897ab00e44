import { fieldOf, textOf } from '../document.ts'
import type { BootOptionFacts } from '../facts.ts'
import { limits } from '../limits.ts'
import { usableMac } from './interface.ts'
import { idOf, type Resource } from './resource.ts'

/** Maps one BootOption. */
export function bootOptionFacts(resource: Resource): BootOptionFacts {
  const document = resource.document
  const displayName = textOf(document['DisplayName'])
  const uefiDevicePath = textOf(document['UefiDevicePath'], limits.devicePathCharsMax)
  return {
    reference: textOf(document['BootOptionReference']) ?? idOf(resource),
    displayName,
    uefiDevicePath,
    enabled: fieldOf(document, 'BootOptionEnabled') !== false,
    mac: macOf(uefiDevicePath, displayName),
  }
}

/**
 * The MAC in `…/MAC(0040A6833A52,0x1)/…`, else in the name: Supermicro X13 gives no path but names such as
 * `UEFI PXE IPv4 Nvidia Network Adapter - 94:6D:AE:91:FB:22 - 946DAE91FB22`, EDK2 `UEFI PXEv4 (MAC:001ACAFFFF01)`.
 */
function macOf(path: string | undefined, name: string | undefined): string | undefined {
  const inPath = /\bMAC\(([0-9a-f]{12})\b/i.exec(path ?? '')?.[1]
  const inName = /(?:\(MAC:|- )([0-9a-f]{12})(?:\)|$)/i.exec(name ?? '')?.[1]
  return usableMac(inPath) ?? usableMac(inName)
}

/** The option boots over the link between host and BMC, which leads nowhere (GB200, GB300). */
export function isHostUsb(option: BootOptionFacts): boolean {
  return /\/USB\([^)]*\)\/(?:[^/]*\/)*MAC\(/i.test(option.uefiDevicePath ?? '')
}
