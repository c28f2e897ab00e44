import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { entryBytesMax, entryTransactionsMax } from './limits.ts'

/** Gathers encoded transactions for one entry, so that none is encoded twice. */
export class EntryBuilder {
  #transactions: Uint8Array[] = []
  #sizeBytes = 0

  get length(): number {
    return this.#transactions.length
  }

  /** True if there is room for a transaction of this size; an empty entry has room for any. */
  fits(sizeBytes: number): boolean {
    const isFull = this.length >= entryTransactionsMax || this.#sizeBytes + sizeBytes + overheadBytes > entryBytesMax
    return this.length === 0 || !isFull
  }

  add(transaction: Uint8Array): void {
    this.#transactions.push(transaction)
    this.#sizeBytes += transaction.length + overheadBytes
  }

  /** The entry's bytes; the builder is empty again. */
  build(header: {
    readonly stateVersion: number
    readonly term: number
    readonly number: number
    readonly previous: number
    readonly firstRevision: number
  }): Uint8Array {
    const head = create(EntrySchema, {
      stateVersion: header.stateVersion,
      term: BigInt(header.term),
      number: BigInt(header.number),
      previous: BigInt(header.previous),
      firstRevision: BigInt(header.firstRevision),
    })
    const writer = new BinaryWriter().raw(toBinary(EntrySchema, head))
    // Encoded messages that follow each other are one message, so a repeated field can be written piece by piece.
    for (const bytes of this.#transactions) writer.tag(transactionsField, WireType.LengthDelimited).bytes(bytes)
    this.#transactions = []
    this.#sizeBytes = 0
    return writer.finish()
  }
}

const transactionsField = EntrySchema.field.transactions.number

/** Tag and length before each transaction. */
const overheadBytes = 8
