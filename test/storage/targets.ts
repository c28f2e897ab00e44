import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A kind of file, or directory, within the data directory of a peer. */
export interface Target {
  readonly name: string
  /** Paths within a data directory that are of this kind; the first is struck. */
  find(dataDir: string): Promise<readonly string[]>
}

/** Files of a LevelDB by their names, the largest first. */
function inDatabase(directory: string, kind: string, pattern: RegExp): Target {
  return {
    name: `${directory}/${kind}`,
    find: async (dataDir) => {
      const names = (await readdir(join(dataDir, directory))).filter((name) => pattern.test(name))
      const sized = await Promise.all(
        names.map(async (name) => ({ name, size: (await stat(join(dataDir, directory, name))).size })),
      )
      return sized.sort((one, other) => other.size - one.size).map(({ name }) => join(directory, name))
    },
  }
}

const databaseFiles = (directory: string): readonly Target[] => [
  inDatabase(directory, 'table', /\.ldb$/),
  inDatabase(directory, 'write-ahead log', /^\d+\.log$/),
  inDatabase(directory, 'MANIFEST', /^MANIFEST-/),
  inDatabase(directory, 'CURRENT', /^CURRENT$/),
]

function exactly(path: string): Target {
  return { name: path, find: async () => [path] }
}

/** Every file that a peer of a quorum keeps, but for LevelDB's own diary (`LOG`) and lock, which hold nothing. */
export const fileTargets: readonly Target[] = [
  ...databaseFiles('raft/log'),
  exactly('raft/identity.json'),
  exactly('raft/identity.copy.json'),
  exactly('raft/vote.0'),
  exactly('raft/vote.1'),
  exactly('raft/witness'),
  ...databaseFiles('state'),
]

/** Whole directories: restored by mistake, taken from another peer, or gone. */
export const directoryTargets: readonly Target[] = [
  exactly('raft/log'),
  exactly('state'),
  exactly('raft'),
  exactly('.'),
]
