import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PeerOptions } from './peer-process.ts'
import { PeerProcess } from './peer-process.ts'

/** How a peer ended that did not start. */
export interface RefusedStart {
  readonly code: number | null
  /** Everything that it said. */
  readonly text: string
}

/** Starts a peer that must refuse to, and waits for its end. */
export async function refusedStart(options: PeerOptions): Promise<RefusedStart> {
  const peer = new PeerProcess(options)
  const before = (await readFile(options.logFile, 'utf8').catch(() => '')).length
  const child = peer.launch()
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const { code } = await child.ended.finally(() => clearTimeout(timer))
  return { code, text: (await readFile(options.logFile, 'utf8')).slice(before) }
}

/** Digests of all files below a directory, by path. */
export async function digestsOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const digests = await Promise.all(
    files.map(async (file) => {
      const path = join(file.parentPath, file.name)
      return [
        path,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ] as const
    }),
  )
  return Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The file to which the replicated log was written last. */
export async function writeAheadLog(dataDir: string): Promise<string> {
  const directory = join(dataDir, 'raft', 'log')
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
  return join(directory, names.at(-1)!)
}
