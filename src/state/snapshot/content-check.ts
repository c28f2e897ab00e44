import { fromBinary } from '@bufbuild/protobuf'
import { StoredRowSchema, type AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import { HashSum } from '../pure/hash-sum.ts'
import { Outcomes } from '../pure/outcomes.ts'
import { rowHasher } from '../pure/row-hash.ts'
import { sha256 } from '../sha256.ts'
import { compareUtf8 } from '../storage/compare-utf8.ts'
import type { KeyValuePair } from '../storage/key-value.ts'
import { decodeOutcome } from '../storage/records.ts'

/**
 * Whether rows and outcomes are those that a mark speaks of: they are summed as the state sums them. Knows no table, so
 * that a snapshot is verified by any release that knows its form.
 */
export class ContentCheck {
  readonly #mark: AppliedMark
  readonly #rowHash = rowHasher(sha256)
  readonly #rowsHash = new HashSum()
  readonly #outcomes = new Outcomes(sha256, { max: Infinity })
  #rows = 0
  #outcomesCount = 0
  #lastKey = ''

  constructor(mark: AppliedMark) {
    this.#mark = mark
  }

  get counts(): { readonly rows: number; readonly outcomes: number } {
    return { rows: this.#rows, outcomes: this.#outcomesCount }
  }

  /** The next pairs; gives what is wrong with them. */
  add(pairs: readonly KeyValuePair[]): string | undefined {
    for (const { key, value } of pairs) {
      if (compareUtf8(key, this.#lastKey) <= 0) return `key ${JSON.stringify(key)} is out of order`
      this.#lastKey = key
      const problem = key.startsWith('o/') ? this.#addOutcome(value) : this.#addRow(key, value)
      if (problem !== undefined) return problem
    }
    return undefined
  }

  /** All pairs have come; gives what is wrong. */
  end(said: { readonly rows: number; readonly outcomes: number }): string | undefined {
    if (said.rows !== this.#rows) return `it holds ${this.#rows} rows, and says ${said.rows}`
    if (said.outcomes !== this.#outcomesCount)
      return `it holds ${this.#outcomesCount} outcomes, and says ${said.outcomes}`
    if (!agree(this.#rowsHash, this.#mark.stateHash)) return 'its rows do not sum up to its state hash'
    if (!agree(this.#outcomes.hash, this.#mark.outcomesHash)) return 'its outcomes do not sum up to their hash'
    return undefined
  }

  #addRow(key: string, value: Uint8Array): string | undefined {
    const [kind, table, ...rest] = key.split('/')
    if (kind !== 'r' || table === undefined || rest.length === 0) return `key ${JSON.stringify(key)} is none of a row`
    const row = tryOr(() => fromBinary(StoredRowSchema, value))
    if (row === undefined) return `row ${JSON.stringify(key)} does not decode`
    const { revision, value: bytes } = row
    this.#rowsHash.add(this.#rowHash({ table, key: rest.join('/'), revision: Number(revision), bytes }))
    this.#rows++
    return undefined
  }

  #addOutcome(value: Uint8Array): string | undefined {
    const outcome = tryOr(() => decodeOutcome(value))
    if (outcome === undefined) return 'an outcome does not decode'
    if (!this.#outcomes.add(outcome)) return `request ${outcome.requestId} has two outcomes`
    this.#outcomesCount++
    return undefined
  }
}

function agree(sum: HashSum, bytes: Uint8Array): boolean {
  return Buffer.compare(sum.toBytes(), bytes) === 0
}

/** Undefined for what does not decode: that is what is asked. */
function tryOr<Result>(decode: () => Result): Result | undefined {
  try {
    return decode()
  } catch {
    return undefined
  }
}
