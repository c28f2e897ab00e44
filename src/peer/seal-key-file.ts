import { open } from 'node:fs/promises'
import { trivetError } from '../lib/errors.ts'
import { fileReason } from '../lib/system-reasons.ts'
import { credentials } from '../services/inventory/tables.ts'
import { Sealer } from '../services/kernel/seal.ts'
import type { Reader } from '../state/read.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

const keySizeBytes = 32

/** Base64 of the key and a line end, with room for a form of it that a person made. */
const fileSizeBytesMax = 256

/**
 * Reads the sealing key: 32 random bytes as base64, in a file that only its owner may read.
 * Throws SEAL_KEY_INVALID naming the file.
 */
export async function readSealKey(file: string): Promise<Sealer> {
  const text = await readKeyText(file)
  const key = Buffer.from(text, 'base64')
  if (key.length !== keySizeBytes || withoutPadding(key.toString('base64')) !== withoutPadding(text)) {
    throw invalid(file, `not the base64 text of ${keySizeBytes} bytes`)
  }
  return new Sealer(key)
}

/** Makes a sealing key for a peer that stands alone; leaves one that is there. */
export async function makeSealKey(file: string): Promise<void> {
  if ((await readIfThere(file)) !== undefined) return
  await writePrivateFile(file, `${Buffer.from(Sealer.newKey()).toString('base64')}\n`)
}

/** Refuses a key that is not the one with which the passwords in the state were sealed. Throws SEAL_KEY_INVALID. */
export function requireKeyOfState(file: string, sealer: Sealer, state: Reader): void {
  for (const { value } of state.all(credentials)) {
    const wanted = value.password?.keyId ?? sealer.keyId
    if (wanted === sealer.keyId) continue
    throw invalid(file, `this is key ${sealer.keyId}; the passwords here were sealed with key ${wanted}`)
  }
}

async function readKeyText(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r')
    const { mode, size } = await handle.stat()
    if ((mode & 0o077) !== 0) throw invalid(file, `others may read it (mode ${(mode & 0o777).toString(8)})`)
    if (size > fileSizeBytesMax) throw invalid(file, `not the base64 text of ${keySizeBytes} bytes`)
    return (await handle.readFile('utf8')).trim()
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) throw cause
    throw invalid(file, fileReason(cause), cause)
  }
}

function withoutPadding(base64: string): string {
  return base64.replace(/=+$/, '')
}

function invalid(file: string, reason: string, cause?: unknown) {
  return trivetError('SEAL_KEY_INVALID', { file, reason }, cause === undefined ? {} : { cause })
}
