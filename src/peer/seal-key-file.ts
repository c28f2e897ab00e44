import { constants } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { trivetError } from '../lib/errors.ts'
import { Sealer } from '../services/kernel/seal.ts'

const keySizeBytes = 32

/**
 * Reads the sealing key: 32 random bytes as base64, in a file that only its owner may read.
 * Throws SEAL_KEY_INVALID naming the file.
 */
export async function readSealKey(file: string): Promise<Sealer> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw trivetError('SEAL_KEY_INVALID', { file, reason: cause.code ?? cause.message }, { cause })
  })
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) {
    throw trivetError('SEAL_KEY_INVALID', { file, reason: `others may read it (mode ${(mode & 0o777).toString(8)})` })
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== keySizeBytes || key.toString('base64').replace(/=+$/, '') !== text.trim().replace(/=+$/, '')) {
    throw trivetError('SEAL_KEY_INVALID', { file, reason: `not the base64 text of ${keySizeBytes} bytes` })
  }
  return new Sealer(key)
}

/** Makes a sealing key for a peer that stands alone; leaves one that is there. */
export async function makeSealKey(file: string): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY
  const handle = await open(file, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined
    throw error
  })
  if (handle === undefined) return
  await handle.writeFile(`${Buffer.from(Sealer.newKey()).toString('base64')}\n`)
  await handle.sync()
  await handle.close()
}
