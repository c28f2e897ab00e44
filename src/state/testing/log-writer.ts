import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { TrivetError } from '../../lib/errors.ts'
import { uuid7 } from '../../lib/uuid7.ts'
import type { CommittedEntry } from '../consensus.ts'
import type { AppliedEntry } from '../pure/applied.ts'
import { EntryBuilder } from '../pure/entry-builder.ts'
import { evaluate } from '../pure/evaluate.ts'
import { Overlay } from '../pure/overlay.ts'
import { refusalTransaction } from '../pure/refusal-transaction.ts'
import { stateVersionMax } from '../pure/state-version.ts'
import { State } from '../pure/state.ts'
import type { Evaluation } from '../read.ts'
import { sha256 } from '../sha256.ts'
import type { Write } from '../write.ts'
import { testCatalog } from './tables.ts'

/** What one transaction of the log does. */
export type Step = (read: Evaluation) => readonly Write[]

/** Writes the log that one leader would write, always the same for the same steps, and applies it to a state of its own. */
export class LogWriter {
  readonly state = new State({ catalog: testCatalog, sha256, incarnation: 'written' })
  readonly entries: CommittedEntry[] = []
  term = 1
  timeMs = Date.UTC(2026, 10, 21)
  logTimeMs = 1_000_000
  #drawn = 0

  /** One entry with these transactions, refused ones as of retries; without any, the first entry of a term. */
  write(...steps: readonly Step[]): AppliedEntry {
    const { index, revision, term, number } = this.state.position
    const at = { index: index + 1, term: this.term }
    const previous = term === this.term ? number : 0
    const overlay = new Overlay(this.state)
    const builder = new EntryBuilder()
    for (const step of steps) {
      const { bytes, writes } = this.#evaluate(overlay, step)
      builder.add(bytes)
      overlay.push(writes)
    }
    const header = { stateVersion: stateVersionMax, term: this.term, number: number + 1, previous }
    const data = steps.length === 0 ? new Uint8Array() : builder.build({ ...header, firstRevision: revision + 1 })
    this.entries.push({ ...at, type: 'normal', data })
    return this.state.apply(at, steps.length === 0 ? undefined : fromBinary(EntrySchema, data))
  }

  /** A new leader begins: its first entry holds nothing. */
  nextTerm(): AppliedEntry {
    this.term += 1
    return this.write()
  }

  #evaluate(source: Overlay, step: Step) {
    this.#drawn += 1
    const drawn = this.#drawn
    const random = (sizeBytes: number) => {
      const bytes = new Uint8Array(sizeBytes)
      new DataView(bytes.buffer).setUint32(sizeBytes - 4, drawn)
      return bytes
    }
    const times = { timeMs: this.timeMs, logTimeMs: this.logTimeMs }
    const request = {
      principal: 'writer',
      tenant: '',
      requestId: uuid7({ timeMs: this.logTimeMs, random: random(10) }),
      method: 'trivet.testing.v1.TestingService/Write',
      reason: 'a test',
      viaPeer: 'a',
      sourceAddress: '127.0.0.1:1',
      digest: random(4),
      evaluate: step,
    }
    try {
      return evaluate({ catalog: testCatalog, source, times, incarnation: 'written', random }, request)
    } catch (error) {
      if (error instanceof TrivetError) return refusalTransaction(times, request, error)
      throw error
    }
  }
}
