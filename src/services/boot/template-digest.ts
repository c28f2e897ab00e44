import { createHash } from 'node:crypto'
import type { Reader } from '../../state/read.ts'
import { bootConfigurationRevision, runtimeConfigurationRevision } from './rules/references.ts'

/** What a template revision pins. */
export interface TemplatePins {
  readonly bootConfigurationId: string
  readonly bootConfigurationRevision: number
  readonly runtimeConfigurationId: string
  readonly runtimeConfigurationRevision: number
}

/**
 * SHA-256 over the content of everything that a template revision pins, in hexadecimal: two revisions with one digest
 * boot the same, whatever their names and numbers. A function of rows alone.
 */
export function templateDigest(read: Reader, pins: TemplatePins): string {
  const boot = bootConfigurationRevision(read, pins.bootConfigurationId, pins.bootConfigurationRevision)?.value
  const runtime = runtimeConfigurationRevision(
    read,
    pins.runtimeConfigurationId,
    pins.runtimeConfigurationRevision,
  )?.value
  const metaData = Object.entries(runtime?.metaData ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = [
    boot?.kernel ?? '',
    boot?.initrd ?? '',
    boot?.parameters ?? '',
    runtime?.userData ?? '',
    runtime?.vendorData ?? '',
    metaData,
    runtime?.networkConfig ?? '',
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
