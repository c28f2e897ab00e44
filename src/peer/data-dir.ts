import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { trivetError } from '../lib/errors.ts'

/** Where a peer keeps what: the log, the state, and, for a peer that stands alone, its own token and sealing key. */
export interface DataDir {
  readonly path: string
  readonly log: string
  readonly state: string
  readonly tokenFile: string
  readonly sealKeyFile: string
  /** Nothing was ever kept in it. */
  readonly isNew: boolean
}

/** Opens the data directory, made if it is missing; only this user may look into it. */
export async function openDataDir(path: string): Promise<DataDir> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw trivetError(
      'CONFIG_INVALID',
      { where: 'data-dir', reason: `${path}: ${cause.code ?? cause.message}` },
      { cause },
    )
  })
  const log = join(path, 'raft')
  return {
    path,
    log,
    state: join(path, 'state'),
    tokenFile: join(path, 'cluster-token'),
    sealKeyFile: join(path, 'seal.key'),
    isNew: !(await exists(join(log, 'identity.json'))),
  }
}

/**
 * The token of a peer that stands alone: drawn once, so that two labs with the same addresses are two clusters.
 */
export async function loneToken(dataDir: DataDir): Promise<string> {
  if (await exists(dataDir.tokenFile)) return (await readFile(dataDir.tokenFile, 'utf8')).trim()
  const token = randomBytes(16).toString('hex')
  await writeFile(dataDir.tokenFile, `${token}\n`, { mode: 0o600, flush: true })
  return token
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
