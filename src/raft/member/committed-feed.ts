import type { Entry, Message } from '../core/types.ts'
import type { CommittedEntry } from './port.ts'

export interface CommittedFeedOptions {
  readonly entriesMax: number
  readonly bytesMax: number
  /** Main has these already: a log that is being repaired may begin before them. */
  readonly appliedIndex: number
  /** Hands entries to main, in order. */
  deliver(entries: readonly CommittedEntry[]): void
  /** A configuration entry is about to be handed over. */
  reconfigure(entry: Entry): void
  /** All entries of a `storage_apply` have been handed over. */
  done(message: Message): void
}

/**
 * Hands committed entries to main on credit: so much may be handed over and not applied. Beyond it the core is not
 * told that its last `storage_apply` is done, so it gives no more, and reads them from the log again later: a main
 * thread that is stuck makes no queue grow.
 */
export class CommittedFeed {
  readonly #options: CommittedFeedOptions
  #waiting: { readonly message: Message; next: number }[] = []
  /** Handed over and not applied, in order. */
  #delivered: { readonly index: number; readonly bytes: number }[] = []
  #deliveredBytes = 0

  constructor(options: CommittedFeedOptions) {
    this.#options = options
  }

  /** Takes a `storage_apply` of the core. */
  push(message: Message): void {
    this.#waiting.push({ message, next: 0 })
    this.#deliver()
  }

  /** Main has applied up to an index. */
  applied(index: number): void {
    const kept = this.#delivered.findIndex((entry) => entry.index > index)
    const gone = this.#delivered.splice(0, kept === -1 ? this.#delivered.length : kept)
    for (const { bytes } of gone) this.#deliveredBytes -= bytes
    this.#deliver()
  }

  #deliver(): void {
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      const entries: CommittedEntry[] = []
      const all = work.message.entries
      while (work.next < all.length && this.#hasCredit()) {
        const entry = all[work.next++]!
        // Also one that main has: the core begins before it where the log is being repaired.
        if (entry.type === 'conf_change') this.#options.reconfigure(entry)
        if (entry.index <= this.#options.appliedIndex) continue
        entries.push(entry)
        this.#delivered.push({ index: entry.index, bytes: entry.data.length })
        this.#deliveredBytes += entry.data.length
      }
      if (entries.length > 0) this.#options.deliver(entries)
      if (work.next < all.length) return
      this.#waiting.shift()
      this.#options.done(work.message)
    }
  }

  /** One entry may always be on its way, however large. */
  #hasCredit(): boolean {
    const { entriesMax, bytesMax } = this.#options
    return this.#delivered.length === 0 || (this.#delivered.length < entriesMax && this.#deliveredBytes < bytesMax)
  }
}
