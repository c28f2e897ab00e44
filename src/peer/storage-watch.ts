import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { dropBallast, hasBallast, putBallast } from './ballast.ts'
import { alarmOf, ballastBytesOf, type StorageLimits, type StorageUse } from './storage-room.ts'

/** How often the room is measured. At 100 MiB/s, 256 MiB are a little more than one pause. */
export const storagePauseMs = 2_000

/** What a watch stands on. */
export interface StorageWatchPorts {
  readonly dataDir: string
  readonly limits: StorageLimits
  /** Why this peer has no room, whenever that has changed; '' if it has. */
  readonly changed: (reason: string) => void
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Bytes that are left on the disk of a path, for whoever is not root. */
export type FreeBytesOf = (path: string) => Promise<number>

/**
 * Gives up the ballast if the disk is as full as it can be, so that the databases can be opened. To be called before
 * they are: a peer that met the end of its disk has died of it, for nothing is known about a LevelDB that has.
 */
export async function makeRoomToOpen(
  dataDir: string,
  limits: StorageLimits,
  freeBytesOf: FreeBytesOf = freeBytesOfDisk,
): Promise<void> {
  if ((await freeBytesOf(dataDir)) < ballastBytesOf(limits)) await dropBallast(dataDir)
}

/**
 * Watches how much room the data directory has, and raises an alarm before there is none. Keeps the ballast in its
 * place while there is room for it. An alarm is left by itself.
 */
export class StorageWatch {
  readonly #ports: StorageWatchPorts
  #use: StorageUse = { usedBytes: 0, freeBytes: 0, hasBallast: true }
  #alarm = ''

  constructor(ports: StorageWatchPorts) {
    this.#ports = ports
  }

  /** What was measured last. */
  get use(): StorageUse {
    return this.#use
  }

  /** Why this peer has no room; '' if it has. */
  get alarm(): string {
    return this.#alarm
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#ports.pause(storagePauseMs, signal)
      if (signal.aborted) return
      await this.measure()
    }
  }

  async measure(): Promise<void> {
    let alarm: string
    try {
      this.#use = await this.#measureUse()
      alarm = alarmOf(this.#use, this.#ports.limits, this.#alarm !== '')
    } catch (error) {
      // Whoever cannot be asked may be full.
      alarm = `its room cannot be measured: ${String(error)}`
    }
    const hasChanged = (alarm === '') !== (this.#alarm === '')
    this.#alarm = alarm
    if (hasChanged) this.#ports.changed(alarm)
  }

  async #measureUse(): Promise<StorageUse> {
    const { dataDir, limits } = this.#ports
    const ballastBytes = ballastBytesOf(limits)
    const freeBytes = await freeBytesOfDisk(dataDir)
    let isInPlace = await hasBallast(dataDir, ballastBytes)
    if (!isInPlace && freeBytes - ballastBytes >= limits.reserveBytes) {
      isInPlace = await putBallast(dataDir, ballastBytes).then(
        () => true,
        () => false,
      )
    }
    return { usedBytes: await usedBytesOf(dataDir), freeBytes: await freeBytesOfDisk(dataDir), hasBallast: isInPlace }
  }
}

async function freeBytesOfDisk(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** LevelDB removes files while they are counted. */
async function usedBytesOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('ballast'))
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
