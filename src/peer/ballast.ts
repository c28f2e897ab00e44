import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Written at once: what it holds must not compress to nothing on a file system that does. */
const pieceBytes = 1024 * 1024

const fileIn = (dataDir: string) => join(dataDir, 'ballast')

/** Whether the ballast is in its place, whole. */
export async function hasBallast(dataDir: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return true
  const found = await stat(fileIn(dataDir)).catch(() => undefined)
  return found?.size === sizeBytes
}

/** Puts the ballast in its place. Rejects if it does not fit; then nothing of it is left. */
export async function putBallast(dataDir: string, sizeBytes: number): Promise<void> {
  const unfinished = `${fileIn(dataDir)}.new`
  try {
    await using file = await open(unfinished, 'w', 0o600)
    const piece = randomBytes(Math.min(pieceBytes, sizeBytes))
    for (let written = 0; written < sizeBytes; written += piece.length) {
      await file.writeFile(piece.subarray(0, Math.min(piece.length, sizeBytes - written)))
    }
    await file.datasync()
    await rename(unfinished, fileIn(dataDir))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** Gives its room to whoever needs it now. */
export async function dropBallast(dataDir: string): Promise<void> {
  await rm(fileIn(dataDir), { force: true })
}
