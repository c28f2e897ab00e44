import type { DescMessage, Message } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import type { Stored } from '../read.ts'
import type { IndexKey } from './index-key.ts'

/** A row as it is kept in memory: its bytes, and its index keys beside them. */
export class Row implements Stored<Message> {
  readonly key: string
  readonly revision: number
  /** Never changed. */
  readonly bytes: Uint8Array
  readonly unique: readonly IndexKey[]
  readonly buckets: readonly IndexKey[]
  /** Key of its owner; '' if its table has none. */
  readonly owner: string
  readonly #desc: DescMessage
  #value: Message | undefined

  constructor(
    desc: DescMessage,
    row: {
      readonly key: string
      readonly revision: number
      readonly bytes: Uint8Array
      readonly unique: readonly IndexKey[]
      readonly buckets: readonly IndexKey[]
      readonly owner: string
    },
  ) {
    this.#desc = desc
    this.key = row.key
    this.revision = row.revision
    this.bytes = row.bytes
    this.unique = row.unique.map(keptKey)
    this.buckets = row.buckets.map(keptKey)
    this.owner = row.owner
  }

  /** Decoded when it is first asked for, and frozen: all readers share it. */
  get value(): Message {
    this.#value ??= freeze(fromBinary(this.#desc, this.bytes))
    return this.#value
  }
}

/** Without what else a decoded message carries, and with one text for each index name however many rows there are. */
function keptKey({ index, key }: IndexKey): IndexKey {
  let name = indexNames.get(index)
  if (name === undefined) indexNames.set(index, (name = index))
  return { index: name, key }
}

/** As many as the catalog has index names. */
const indexNames = new Map<string, string>()

/** Freezes a message with all that it holds, but for byte arrays, which the platform cannot freeze. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const part of Object.values(value)) freeze(part)
  return Object.freeze(value)
}
