import type { OpenFile } from './files.ts'
import { encodeWitness, type Witness } from './tail-witness.ts'

/** Writes the tail witness to its two slots in turn. */
export class WitnessWriter {
  readonly #file: OpenFile
  #sequence: number

  constructor(file: OpenFile, sequence: number) {
    this.#file = file
    this.#sequence = sequence
  }

  /** After a resolved batch: names its last entry. Costs a microsecond and no sync, so it may fall behind, not ahead. */
  advance(witness: Witness): void {
    this.#sequence++
    this.#file.write(encodeWitness(witness, this.#sequence))
  }

  /**
   * Before a batch that replaces entries or cuts them off: names one that stays, durably and in both slots. With one
   * slot synced and the next write to it torn, the other one could still name an entry that is gone.
   */
  async pin(witness: Witness): Promise<void> {
    this.advance(witness)
    this.advance(witness)
    await this.#file.sync()
  }

  /**
   * Writes what was read to the other slot, which a loss of power has torn, durably. Were both overwritten before the next
   * sync, a second loss of power could tear the one that was read and lose the other, and nothing would tell how far the
   * log must reach.
   */
  async mend(witness: Witness): Promise<void> {
    this.advance(witness)
    await this.#file.sync()
  }

  async sync(): Promise<void> {
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.sync()
    await this.#file.close()
  }
}
