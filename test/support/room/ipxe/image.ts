import type { Uri } from './uri.ts'
import { isScript } from './script.ts'

/** Something that was downloaded and is kept in memory. */
export interface Image {
  readonly name: string
  readonly uri: Uri
  readonly body: Buffer
  readonly kind: ImageKind
  /** Arguments: of a kernel, its command line. */
  commandLine: string
}

export type ImageKind = 'script' | 'kernel' | 'data'

/** What iPXE takes the bytes for. */
export function probeImage(body: Buffer): ImageKind {
  if (isScript(body)) return 'script'
  return isLinuxKernel(body) ? 'kernel' : 'data'
}

/** A bzImage (boot-sector signature and `HdrS`, Linux x86 boot protocol) or an arm64 `Image`. */
function isLinuxKernel(body: Buffer): boolean {
  if (body.length < 0x400) return false
  const isBzImage = body.readUInt16LE(0x1fe) === 0xaa55 && body.toString('latin1', 0x202, 0x206) === 'HdrS'
  return isBzImage || body.toString('latin1', 56, 60) === 'ARMd'
}
