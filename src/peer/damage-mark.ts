import { rm } from 'node:fs/promises'
import type { DataDir } from './data-dir.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

/**
 * Why the state must not be believed, as this peer found out in an earlier run; '' if it may. What is wrong with it
 * looks whole from inside, so a restart would not find it again.
 */
export async function readDamage(dataDir: DataDir): Promise<string> {
  const text = await readIfThere(dataDir.damageFile)
  if (text === undefined) return ''
  const reason = text.trim()
  return reason === '' ? 'it was marked as damaged' : reason
}

/** Marks this peer as damaged, over restarts. */
export async function writeDamage(dataDir: DataDir, reason: string): Promise<void> {
  await writePrivateFile(dataDir.damageFile, `${reason.replaceAll(/\s+/g, ' ')}\n`)
}

/** The state that the mark was about is gone. */
export async function removeDamage(dataDir: DataDir): Promise<void> {
  await rm(dataDir.damageFile, { force: true })
}
