import { isFirmwareFiller } from '../../lib/firmware-filler.ts'

/**
 * The bucket of the nodes with one serial number or asset tag. Several nodes may share one: vendors do not ask each
 * other, and the nodes of a blade have the serial number of the blade.
 */
export function labelKey(tenant: string, label: string): string {
  return `${tenant}/${label}`
}

/** The bucket that a node is in for its label; none for what firmware says where nobody filled in anything. */
export function labelBucket(tenant: string, label: string): string | undefined {
  return isFirmwareFiller(label) ? undefined : labelKey(tenant, label)
}
