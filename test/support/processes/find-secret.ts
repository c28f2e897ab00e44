import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'

/** The forms in which a text may stand somewhere. */
function formsOf(secret: string): readonly Buffer[] {
  const text = Buffer.from(secret)
  // Base64 of the middle, at each of the three places where it may begin within a longer text.
  const shifts = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), text]).toString('base64'))
  const middles = shifts.map((base64) => base64.slice(4, -4))
  return [
    text,
    Buffer.from(secret, 'utf16le'),
    Buffer.from(text.toString('hex')),
    ...middles.map((middle) => Buffer.from(middle)),
  ]
}

/** Whether bytes hold a secret, in clear or in a form that hides nothing. */
export function holdsSecret(bytes: Uint8Array, secret: string): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return formsOf(secret).some((form) => buffer.includes(form))
}

/** Files below a directory that hold a secret. */
export async function filesWithSecret(directory: string, secret: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const found: string[] = []
  for (const file of files) if (holdsSecret(await readFile(file), secret)) found.push(file)
  return found
}

/** Keys of a LevelDB whose pairs hold a secret; its tables are compressed, so that a look at the files is not enough. */
export async function keysWithSecret(directory: string, secret: string): Promise<{ keys: string[]; pairs: number }> {
  const level = new Level<Uint8Array, Uint8Array>(directory, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open({ createIfMissing: false })
  const keys: string[] = []
  let pairs = 0
  for await (const [key, value] of level.iterator()) {
    pairs++
    if (holdsSecret(key, secret) || holdsSecret(value, secret)) keys.push(Buffer.from(key).toString('latin1'))
  }
  await level.close()
  return { keys, pairs }
}
