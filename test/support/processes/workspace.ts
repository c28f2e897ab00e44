import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RoomInfo } from './room-process.ts'

/** The directory of one demo or one test. */
export interface Workspace {
  readonly path: string
  readonly sealKeyFile: string
  readonly password: string
}

/** Makes a temporary directory with the sealing key of the site and the password of its BMCs. */
export async function makeWorkspace(purpose = 'demo'): Promise<Workspace> {
  const path = await mkdtemp(join(tmpdir(), `trivet-${purpose}-`))
  const sealKeyFile = join(path, 'seal.key')
  await writeFile(sealKeyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  // Begins with a letter, so that no command line takes it for a flag; long and random, so that it can be looked for.
  const password = `p${randomBytes(15).toString('base64url')}`
  await writeFile(join(path, 'password.txt'), `${password}\n`, { mode: 0o600 })
  await writeFile(join(path, 'user-data.yaml'), userData)
  return { path, sealKeyFile, password }
}

/** Writes the file that `bmc import` reads, and gives its text with the credential redacted. */
export async function writeBmcFile(workspace: Workspace, room: RoomInfo): Promise<string> {
  const lines = room.bmcs.flatMap(({ xname, address }) => [`  - xname: ${xname}`, `    address: ${address}`])
  const text = `bmcs:\n${lines.join('\n')}\n`
  await writeFile(join(workspace.path, 'bmcs.yaml'), text)
  return `${text}# user name root, password (redacted) in password.txt`
}

const userData = `#cloud-config
runcmd:
  - [sh, -c, 'echo booted by trivet > /etc/motd']
`
