import { createHash } from 'node:crypto'

/** A kernel or initrd that the file server has. */
export interface Artifact {
  readonly kind: 'kernel' | 'initrd'
  /** Last part of its path. */
  readonly fileName: string
  readonly sha256: string
  readonly body: Buffer
}

export interface ArtifactPair {
  readonly kernel: Artifact
  readonly initrd: Artifact
}

/**
 * Makes the kernel and initrd of one image: the same bytes for the same name and sizes, in every room. They look
 * random, so that a digest notices a missing piece; the kernel carries what boot loaders look for.
 */
export function makeArtifacts(options: {
  readonly image: string
  readonly kernelBytes: number
  readonly initrdBytes: number
}): ArtifactPair {
  if (options.kernelBytes < 1_024) throw new Error('a kernel has at least 1024 bytes')
  const kernel = randomLooking(`${options.image} kernel`, options.kernelBytes)
  // Linux x86 boot protocol: signature of the boot sector, and the header's magic.
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  const initrd = randomLooking(`${options.image} initrd`, options.initrdBytes)
  return {
    kernel: { kind: 'kernel', fileName: 'vmlinuz', sha256: sha256(kernel), body: kernel },
    initrd: { kind: 'initrd', fileName: 'initrd.img', sha256: sha256(initrd), body: initrd },
  }
}

export function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}

function randomLooking(seed: string, sizeBytes: number): Buffer {
  return createHash('shake256', { outputLength: sizeBytes }).update(seed).digest()
}
