import { isFirmwareFiller } from '../../../lib/firmware-filler.ts'
import type { Reader } from '../../../state/read.ts'
import { labelKey } from '../label-key.ts'
import { nodes } from '../tables.ts'
import type { StoredNode } from './references.ts'
import { onlyTenant } from './references.ts'

/** What a machine is called by those who made or bought it. Other machines may be called the same. */
export type Label = 'serialNumber' | 'assetTag'

/**
 * A label that more nodes have than this tells nobody apart: it is what some firmware says of every machine, and is
 * treated like the fillers that are known. It also bounds what a look-up costs.
 */
export const labelHoldersMax = 16

/** The nodes with this serial number or asset tag, letter for letter but for blanks around it; none for a filler. */
export function nodesByLabel(read: Reader, label: Label, text: string): readonly StoredNode[] {
  const trimmed = text.trim()
  const key = labelKey(onlyTenant, trimmed)
  const count = read.count(nodes, label, key)
  if (count === 0 || count > labelHoldersMax) return []
  // The index is as whoever wrote the row made it, which may have been a release that knew fewer fillers.
  return isFirmwareFiller(trimmed) ? [] : read.bucket(nodes, label, key)
}
