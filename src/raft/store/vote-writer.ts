import type { HardState } from '../core/types.ts'
import type { OpenFile } from './files.ts'
import { encodeVote, type Vote } from './vote-slots.ts'

/** Writes term and vote to the two vote files in turn. */
export class VoteWriter {
  readonly #files: readonly [OpenFile, OpenFile]
  #newest: Vote

  constructor(files: readonly [OpenFile, OpenFile], newest: Vote) {
    this.#files = files
    this.#newest = newest
  }

  /** The vote survives the loss of power once this has resolved. The log's batch with the same vote comes after it. */
  async write({ term, vote }: HardState): Promise<void> {
    const before = this.#newest
    if (term === before.term && before.vote !== '' && vote !== before.vote) {
      throw new Error(`a second vote in term ${term}: for ${vote} after ${before.vote}`)
    }
    if (term === before.term && vote === before.vote) return
    const next = { sequence: before.sequence + 1, term, vote }
    const file = this.#files[next.sequence % 2]!
    file.write({ position: 0, bytes: encodeVote(next) })
    await file.sync()
    this.#newest = next
  }

  async close(): Promise<void> {
    await this.#files[0].close()
    await this.#files[1].close()
  }
}
