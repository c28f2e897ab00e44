import { cp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from './targets.ts'

/** Where a fault strikes, and what it may take from elsewhere. */
export interface Strike {
  readonly target: Target
  /** Path of what is struck, within each data directory. */
  readonly path: string
  readonly dataDir: string
  /** The same data directory as it was earlier. */
  readonly olderDir: string
  /** The data directory of another peer. */
  readonly otherDir: string
  /** A whole number in [0, below). */
  readonly random: (below: number) => number
}

/** What can happen to a file while its peer does not run. */
export interface FileFault {
  readonly name: string
  readonly forDirectories: boolean
  /** Gives the reason why it cannot happen here; undefined when it has happened. */
  apply(strike: Strike): Promise<string | undefined>
}

const pageBytes = 4096

const fullPath = ({ dataDir, path }: Strike) => join(dataDir, path)

/** Rewrites a file by its bytes; one that is empty, or does not change, is not struck. */
function rewriting(name: string, rewrite: (bytes: Buffer, strike: Strike) => void): FileFault {
  return {
    name,
    forDirectories: false,
    apply: async (strike) => {
      const before = await readFile(fullPath(strike))
      if (before.length === 0) return 'the file is empty'
      const bytes = Buffer.from(before)
      rewrite(bytes, strike)
      if (bytes.equals(before)) return 'there was nothing to change'
      await writeFile(fullPath(strike), bytes)
      return undefined
    },
  }
}

function cutting(name: string, sizeOf: (size: number) => number): FileFault {
  return {
    name,
    forDirectories: false,
    apply: async (strike) => {
      const { size } = await stat(fullPath(strike))
      if (size === 0) return 'the file is empty'
      await truncate(fullPath(strike), sizeOf(size))
      return undefined
    },
  }
}

function replacing(name: string, sourceOf: (strike: Strike) => string): FileFault {
  return {
    name,
    forDirectories: true,
    apply: async (strike) => {
      const [found] = await strike.target.find(sourceOf(strike)).catch(() => [])
      if (found === undefined) return 'there is no other one to take its place'
      const source = join(sourceOf(strike), found)
      const { isFile, same } = await compare(source, fullPath(strike))
      if (isFile && same) return 'the other one is the same'
      await rm(fullPath(strike), { recursive: true, force: true })
      await cp(source, fullPath(strike), { recursive: true })
      return undefined
    },
  }
}

async function compare(one: string, other: string): Promise<{ isFile: boolean; same: boolean }> {
  if (!(await stat(one)).isFile()) return { isFile: false, same: false }
  return { isFile: true, same: (await readFile(one)).equals(await readFile(other)) }
}

/** A place that holds something: files that never grow are mostly zeros. */
function somewhere(bytes: Buffer, random: Strike['random']): number {
  const used = [...bytes.keys()].filter((at) => bytes[at] !== 0)
  return used.length === 0 ? random(bytes.length) : used[random(used.length)]!
}

export const fileFaults: readonly FileFault[] = [
  rewriting('bit flip', (bytes, { random }) => {
    bytes[somewhere(bytes, random)]! ^= 1 << random(8)
  }),
  rewriting('zeroed page', (bytes, { random }) => {
    const page = Math.floor(somewhere(bytes, random) / pageBytes) * pageBytes
    bytes.fill(0, page, Math.min(bytes.length, page + pageBytes))
  }),
  cutting('truncation', (size) => Math.floor(size / 2)),
  cutting('lost tail', (size) => Math.max(0, size - Math.max(1, Math.min(pageBytes, Math.ceil(size / 10))))),
  {
    name: 'deletion',
    forDirectories: true,
    apply: async (strike) => {
      await rm(fullPath(strike), { recursive: true })
      return undefined
    },
  },
  replacing('swapped with another peer', ({ otherDir }) => otherDir),
  replacing('stale copy', ({ olderDir }) => olderDir),
]
