import type { Dice } from '../world/dice.ts'
import type { Thread } from '../world/thread.ts'
import type { Timeline } from '../world/timeline.ts'
import { DiskSession } from './disk-session.ts'
import type { Change, StoredDatabase } from './stored-database.ts'
import type { StoredFile } from './stored-file.ts'

/** How a process ends, for its disk: what the system holds back survives the process, and not the loss of power. */
export type EndOfProcess = 'process' | 'power'

/** A batch is about to be on the disk, with what it writes in truth. */
export type BatchListener = (database: string, changes: readonly Change[]) => void

/** The slowest write, of a disk that does write: a process does not end itself for it. */
const takenUsMax = 6_000_000

/** Typical time of a synced write. */
const latencyUs = { low: 120, high: 600 } as const

/**
 * The disk of one machine. It outlives processes; each works on it through a session. Faults are set here: they strike
 * the next write, or what is stored.
 */
export class SimDisk {
  readonly files = new Map<string, StoredFile>()
  readonly directories = new Set<string>()
  readonly databases = new Map<string, StoredDatabase>()
  readonly dice: Dice
  /** What LevelDB does by itself, and how it takes an error. */
  readonly levelDice: Dice
  readonly timeline: Timeline
  /** No write ends before this. */
  stalledUntilUs = 0
  /** Writes that will be rejected; after the first one of a process, its handle must not be believed. */
  failures = 0
  /** The next batch of the log puts one value in another's place. */
  misdirects = false
  /** When that happened. */
  misdirectedUs = -1
  /** Writes take so much longer than usual. */
  slowness = 1
  /** The machine loses power with so many writes from now; undefined if it does not. */
  powerCutAfterWrites: number | undefined
  onPowerCut: () => void = () => {}
  onBatch: BatchListener = () => {}
  /** Told when a directory has got its final name. */
  onMoved: (path: string) => void = () => {}
  /** How often it lost power. */
  powerLosses = 0

  constructor(timeline: Timeline, dice: Dice, levelDice: Dice) {
    this.timeline = timeline
    this.dice = dice
    this.levelDice = levelDice
  }

  /** The disk as a new process sees it; its promises resolve in this thread. */
  session(thread: Thread): DiskSession {
    return new DiskSession(this, thread)
  }

  /** When a write that is begun now ends. */
  endOfWriteUs(): number {
    const { nowUs } = this.timeline
    const isSlow = this.dice.below(200) === 0
    const takenUs = this.dice.between(latencyUs.low, latencyUs.high) * this.slowness * (isSlow ? 40 : 1)
    return Math.max(nowUs + Math.min(takenUs, takenUsMax), this.stalledUntilUs)
  }

  database(path: string): StoredDatabase {
    const found = this.databases.get(path)
    if (found === undefined) throw new Error(`there is no database ${path}`)
    return found
  }

  /** What is not certain is lost, or not. A disk writes in one place at a time, so one write may be torn. */
  losePower(): void {
    this.powerLosses++
    const unsynced = [...this.files.values()].filter(({ hasUnsynced }) => hasUnsynced)
    const torn = unsynced.length > 0 && this.dice.below(2) === 0 ? this.dice.pick(unsynced) : undefined
    for (const file of this.files.values()) file.losePower(this.dice, file === torn)
    for (const database of this.databases.values()) {
      database.loseTail(this.dice.below(database.unsyncedCount + 1))
      database.loseEndOfOlderLog()
    }
  }
}
