import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { stateNameIn } from './holdings.ts'

/** A kind of file, or directory, within the data directory of a peer. */
export interface Target {
  readonly name: string
  /** Paths within a data directory that are of this kind; the first is struck. */
  find(dataDir: string): Promise<readonly string[]>
}

/** Files of a LevelDB by their names, the largest first. `directoryIn` says which one it is in a data directory. */
function inDatabase(
  { name, directoryIn }: { readonly name: string; readonly directoryIn: (dataDir: string) => Promise<string> },
  kind: string,
  pattern: RegExp,
): Target {
  return {
    name: `${name}/${kind}`,
    find: async (dataDir) => {
      const directory = await directoryIn(dataDir)
      const names = (await readdir(join(dataDir, directory))).filter((file) => pattern.test(file))
      const sized = await Promise.all(
        names.map(async (file) => ({ file, size: (await stat(join(dataDir, directory, file))).size })),
      )
      return sized.sort((one, other) => other.size - one.size).map(({ file }) => join(directory, file))
    },
  }
}

/** The four kinds of files of a LevelDB that hold something; its diary (`LOG`) and its lock hold nothing. */
export function databaseFiles(name: string, directoryIn = async (_dataDir: string) => name) {
  const database = { name, directoryIn }
  return {
    table: inDatabase(database, 'table', /\.ldb$/),
    writeAheadLog: inDatabase(database, 'write-ahead log', /^\d+\.log$/),
    manifest: inDatabase(database, 'MANIFEST', /^MANIFEST-/),
    current: inDatabase(database, 'CURRENT', /^CURRENT$/),
  }
}

/** What has one name; not there, it cannot be struck. */
export function exactly(path: string): Target {
  return {
    name: path,
    find: async (dataDir) =>
      access(join(dataDir, path)).then(
        () => [path],
        () => [],
      ),
  }
}

/** The first of what lies in a directory. */
export function within(directory: string): Target {
  return {
    name: `${directory}/*`,
    find: async (dataDir) =>
      (await readdir(join(dataDir, directory)).catch(() => [])).map((name) => join(directory, name)),
  }
}

/** The files of the log's database. */
export const logFiles = databaseFiles('raft/log')

/** The files of an installed state's database, in the directory that the pointer names. */
export const installedStateFiles = databaseFiles('state.<id>', stateNameIn)

/** The directory that the pointer names. */
export const installedState: Target = {
  name: 'state.<id>',
  find: async (dataDir) => {
    const name = await stateNameIn(dataDir)
    return (await exactly(name).find(dataDir)).filter(() => name !== 'state')
  },
}

/**
 * The files of a peer of a quorum that has cut nothing off its log and got no snapshot, each of which is struck in every
 * way; `cellsWithCutLog` strikes such a peer, and `cellsOfMoments` the files that are there at some moments only.
 */
export const fileTargets: readonly Target[] = [
  ...Object.values(logFiles),
  exactly('raft/identity.json'),
  exactly('raft/identity.copy.json'),
  exactly('raft/vote.0'),
  exactly('raft/vote.1'),
  exactly('raft/witness'),
  ...Object.values(databaseFiles('state')),
]

/** Whole directories: restored by mistake, taken from another peer, or gone. */
export const directoryTargets: readonly Target[] = [
  exactly('raft/log'),
  exactly('state'),
  exactly('raft'),
  exactly('.'),
]
