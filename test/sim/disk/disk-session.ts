import type { Disk } from '../../../src/raft/store/disk.ts'
import type { Files } from '../../../src/raft/store/files.ts'
import { KeyValueError, type KeyValue } from '../../../src/raft/store/key-value.ts'
import type { KeyValue as StateKeyValue } from '../../../src/state/storage/key-value.ts'
import type { Thread } from '../world/thread.ts'
import { InjectedError } from './injected-error.ts'
import { LogKeyValue } from './log-key-value.ts'
import { SessionFiles } from './session-files.ts'
import type { SimDisk } from './sim-disk.ts'
import { StateKeyValueSession } from './state-key-value-session.ts'
import { StoredDatabase } from './stored-database.ts'

/** A write that is on its way to the disk. */
interface Write {
  readonly effect: () => void
  readonly tear: () => void
  readonly beganUs: number
  /** The one that a batch is for. */
  readonly database?: StoredDatabase
}

/** A write that takes longer is slow. */
const slowUs = 100_000

/** Time of a read that is not answered from memory. */
const readUs = 60

/** The disk as one process sees it: once the process has ended nothing is done and nothing resolves. */
export class DiskSession implements Disk {
  readonly directory = '/simulated'
  readonly files: Files
  readonly disk: SimDisk
  readonly #thread: Thread
  readonly #writes = new Set<Write>()
  /** Those that have ended. */
  readonly #slowWrites: { readonly beganUs: number; readonly endedUs: number }[] = []
  readonly #open = new Map<string, StoredDatabase>()
  /** They take nothing any more. */
  readonly #failed = new Set<StoredDatabase>()
  #hasEnded = false

  constructor(disk: SimDisk, thread: Thread) {
    this.disk = disk
    this.#thread = thread
    this.files = new SessionFiles(this)
  }

  openKeyValue(path: string, options: { readonly create: boolean }): Promise<KeyValue> {
    return this.read(() => {
      const database = this.#openDatabase(path, options)
      return new LogKeyValue(this, path, database, () => this.#closeDatabase(path))
    })
  }

  /** LevelDB of the state: made if it is missing and may be. */
  openState(path: string, options: { readonly create: boolean }): Promise<StateKeyValue> {
    return this.read(() => {
      const create = options.create && !this.disk.databases.has(path)
      const database = this.#openDatabase(path, { create })
      return new StateKeyValueSession(this, path, database, () => this.#closeDatabase(path))
    })
  }

  /** The process has ended: of the writes on their way each is done, not done or torn. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const { effect, tear } of this.#writes) {
      const fate = this.disk.dice.below(3)
      if (fate === 1) effect()
      if (fate === 2) tear()
    }
    this.#writes.clear()
    for (const path of this.#open.keys()) this.#closeDatabase(path)
  }

  read<Result>(effect: () => Result | Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#after(this.disk.timeline.nowUs + readUs, () => {
        try {
          resolve(effect())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Does a write that is durable once it resolves; `tear` does a part of it. */
  write(effect: () => void, tear: () => void = () => {}): Promise<void> {
    return this.#write({ effect, tear, beganUs: this.disk.timeline.nowUs })
  }

  /** Does a batch, whole or not at all. */
  batch(database: StoredDatabase, effect: () => void): Promise<void> {
    return this.#write({ effect, tear: () => {}, beganUs: this.disk.timeline.nowUs, database })
  }

  #write(write: Write): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return
      this.#writes.add(write)
      this.#countDown()
      this.#end(this.disk.endOfWriteUs(), write, { resolve, reject })
    })
  }

  /** Does a write that is in the hands of the system in this very turn. */
  writeNow(effect: () => void): void {
    if (this.#hasEnded) return
    effect()
    this.#countDown()
  }

  #end(atUs: number, write: Write, outcome: { resolve: () => void; reject: (error: Error) => void }): void {
    this.disk.timeline.at(atUs, () => {
      if (!this.#writes.has(write)) return
      const { nowUs } = this.disk.timeline
      if (nowUs < this.disk.stalledUntilUs) return this.#end(this.disk.stalledUntilUs, write, outcome)
      this.#writes.delete(write)
      if (nowUs - write.beganUs > slowUs) this.#slowWrites.push({ beganUs: write.beganUs, endedUs: nowUs })
      if (this.#fails(write)) {
        // A failed write may be there all the same, when the database is opened again: if not its log is broken.
        if (this.disk.dice.below(2) === 0 && write.database?.isBroken !== true) write.effect()
        return this.#thread.take(() => outcome.reject(new InjectedError(this)))
      }
      write.effect()
      this.#thread.take(outcome.resolve)
    })
  }

  /** How much of the last 20 s slow writes took, one after another, up to now. */
  get heldUpUs(): number {
    const { nowUs } = this.disk.timeline
    const under = [...this.#writes].map(({ beganUs }) => ({ beganUs, endedUs: nowUs }))
    let countedUs = nowUs - 20_000_000
    let heldUpUs = 0
    const slow = [...this.#slowWrites, ...under].sort((one, other) => one.beganUs - other.beganUs)
    for (const { beganUs, endedUs } of slow) {
      heldUpUs += Math.max(0, endedUs - Math.max(beganUs, countedUs))
      countedUs = Math.max(countedUs, endedUs)
    }
    return heldUpUs
  }

  #after(atUs: number, task: () => void): void {
    this.disk.timeline.at(Math.max(atUs, this.disk.stalledUntilUs), () => {
      if (!this.#hasEnded) this.#thread.take(task)
    })
  }

  /**
   * After its first error LevelDB takes nothing any more; or it acknowledges all that follows, and keeps none of it. Other
   * files do not hear of it.
   */
  #fails({ database }: Write): boolean {
    if (this.disk.failures > 0) {
      this.disk.failures--
      if (database === undefined) return true
      if (this.disk.levelDice.chance(0.5)) this.#failed.add(database)
      else database.breakLog()
      return true
    }
    return database !== undefined && this.#failed.has(database)
  }

  #countDown(): void {
    if (this.disk.powerCutAfterWrites === undefined) return
    this.disk.powerCutAfterWrites--
    if (this.disk.powerCutAfterWrites > 0) return
    this.disk.powerCutAfterWrites = undefined
    this.disk.onPowerCut()
  }

  #openDatabase(path: string, options: { readonly create: boolean }): StoredDatabase {
    const { databases, directories } = this.disk
    if (this.#open.has(path)) throw new KeyValueError('locked', `${path} is open`)
    if (options.create === databases.has(path)) throw new KeyValueError('unreadable', `${path} is not as expected`)
    if (options.create) databases.set(path, new StoredDatabase(this.disk.levelDice))
    directories.add(path)
    const database = this.disk.database(path)
    this.#open.set(path, database)
    return database
  }

  #closeDatabase(path: string): void {
    this.#open.get(path)?.close()
    this.#open.delete(path)
  }
}
