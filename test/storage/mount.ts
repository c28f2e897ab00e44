import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Room for what is there and for some more, but not for much. */
const sizeMiB = { tmpfs: 24, ext4: 64 } as const

/** A file system of its own in the place of a directory, with what was in it. */
export interface Mounted {
  readonly path: string
  /** Takes it away and mounts it again, as after a loss of power. */
  remount(): Promise<void>
  /** Puts everything back where it was. */
  end(): Promise<void>
}

/** Why nothing can be mounted here; '' if it can. */
export async function cannotMount(fileSystem: 'tmpfs' | 'ext4', programs: readonly string[]): Promise<string> {
  if (process.getuid?.() !== 0) return 'only root may mount file systems'
  for (const program of programs) {
    const found = await run('sh', ['-c', `command -v ${program}`]).catch(() => undefined)
    if (found === undefined) return `there is no ${program} here`
  }
  const directory = await mkdtemp(join(tmpdir(), 'trivet-mount-'))
  try {
    const mounted = await mountOver(directory, fileSystem)
    await mounted.end()
    return ''
  } catch (error) {
    return `a ${fileSystem} cannot be mounted here: ${String(error)}`
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Mounts an empty file system over a directory and copies what was in it. */
export async function mountOver(path: string, fileSystem: 'tmpfs' | 'ext4'): Promise<Mounted> {
  const aside = `${path}.aside`
  const image = `${path}.image`
  await rename(path, aside)
  await mkdir(path, { mode: 0o700 })
  const mount = async () => {
    if (fileSystem === 'tmpfs') await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB.tmpfs}m`, 'none', path])
    else await run('mount', ['-o', 'loop', image, path])
  }
  if (fileSystem === 'ext4') {
    await writeFile(image, '')
    await truncate(image, sizeMiB.ext4 * 1024 * 1024)
    await run('mkfs.ext4', ['-q', '-F', image])
  }
  await mount()
  const mounted: Mounted = {
    path,
    remount: async () => {
      await run('umount', [path])
      await mount()
    },
    end: async () => {
      await rm(aside, { recursive: true, force: true })
      await mkdir(aside, { mode: 0o700 })
      for (const name of await readdir(path)) {
        if (name !== 'lost+found') await cp(join(path, name), join(aside, name), { recursive: true })
      }
      await run('umount', [path])
      await rm(path, { recursive: true })
      await rename(aside, path)
      await rm(image, { force: true })
    },
  }
  try {
    await cp(aside, path, { recursive: true })
    // What the peer finds was synced once, and it will not do so again.
    await run('sync', ['-f', path])
    return mounted
  } catch (error) {
    await run('umount', [path])
    throw error
  }
}
