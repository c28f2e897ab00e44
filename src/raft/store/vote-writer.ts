import type { HardState } from '../core/types.ts'
import type { OpenFile } from './files.ts'
import { encodeVote, type Vote } from './vote-slots.ts'

/** Writes term and vote to the two vote files in turn. */
export class VoteWriter {
  readonly #files: readonly [OpenFile, OpenFile]
  readonly #nonce: string
  #newest: Vote
  #written: Promise<void> = Promise.resolve()

  constructor(files: readonly [OpenFile, OpenFile], newest: Vote, nonce: string) {
    this.#files = files
    this.#nonce = nonce
    this.#newest = newest
  }

  /** See `Vote`. */
  get mutedTerm(): number {
    return this.#newest.mutedTerm
  }

  /** The vote survives the loss of power once this has resolved. The log's batch with the same vote comes after it. */
  write({ term, vote }: Pick<HardState, 'term' | 'vote'>): Promise<void> {
    return this.#put((before) => {
      if (term === before.term && before.vote !== '' && vote !== before.vote) {
        throw new Error(`a second vote in term ${term}: for ${vote} after ${before.vote}`)
      }
      return term === before.term && vote === before.vote ? undefined : { term, vote }
    })
  }

  /** It has them again, or knows that they were never committed. */
  unmute(): Promise<void> {
    return this.#put(({ mutedTerm }) => (mutedTerm > 0 ? { mutedTerm: 0 } : undefined))
  }

  async close(): Promise<void> {
    await this.#written.catch(() => {})
    await this.#files[0].close()
    await this.#files[1].close()
  }

  /** One after another; after a failure, nothing is written any more. */
  #put(change: (before: Vote) => Partial<Vote> | undefined): Promise<void> {
    this.#written = this.#written.then(async () => {
      const before = this.#newest
      const changed = change(before)
      if (changed === undefined) return
      const next = { ...before, ...changed, sequence: before.sequence + 1 }
      const file = this.#files[next.sequence % 2]!
      file.write({ position: 0, bytes: encodeVote(next, this.#nonce) })
      await file.sync()
      this.#newest = next
    })
    return this.#written
  }
}
