import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a small file that only this user may read. Whatever happens meanwhile, the name stands for all of the text or
 * for what was there before.
 */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`
  {
    await using handle = await open(unfinished, 'w', 0o600)
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  }
  await rename(unfinished, file)
  // The name is durable only once the directory is.
  await using directory = await open(dirname(file), 'r')
  await directory.sync()
}

/** The text of a file; undefined if there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
