import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { create, toBinary } from '@bufbuild/protobuf'
import type { IndexKey } from './pure/index-key.ts'
import { joinParts } from './pure/index-key.ts'
import type { Evaluation, Stored } from './read.ts'
import type { AnyTable, Table } from './table.ts'

/**
 * What a rule answers with. The first write of a transaction names the resource that the request is about.
 * A row is written at most once in a transaction.
 */
export type Write = PutWrite | RemoveWrite | KeepWrite

export interface PutWrite {
  readonly kind: 'put'
  readonly table: AnyTable
  readonly key: string
  readonly bytes: Uint8Array
  readonly unique: readonly IndexKey[]
  readonly buckets: readonly IndexKey[]
  readonly owner: string
}

export interface RemoveWrite {
  readonly kind: 'remove'
  readonly table: AnyTable
  readonly key: string
}

export interface KeepWrite {
  readonly kind: 'keep'
  readonly table: AnyTable
  readonly key: string
  readonly revision: number
}

/**
 * Turns a request and the state into writes, or throws a `TrivetError` to refuse. Pure: no clock, no promise, no
 * randomness but `read.newId`. It may run more than once for one request; only one run takes effect.
 */
export type Rule<Request> = (read: Evaluation, request: Request) => readonly Write[]

/** Stores a row, new or changed. Encoded here, once: what is applied on every peer is these bytes. */
export function put<Desc extends DescMessage>(table: Table<Desc>, row: MessageInitShape<Desc>): PutWrite {
  const value = create(table.row, row)
  return {
    kind: 'put',
    table,
    key: table.keyOf(value),
    bytes: toBinary(table.row, value),
    unique: table.uniqueNames.flatMap((index) => {
      const parts = table.uniqueOf(index, value)
      return parts === undefined ? [] : [{ index, key: joinParts(parts) }]
    }),
    buckets: table.bucketNames.flatMap((index) => table.bucketsOf(index, value).map((key) => ({ index, key }))),
    owner: table.ownerOf(value),
  }
}

/** Removes a row that was read in this evaluation. Rows that it owns go with it. */
export function remove<Desc extends DescMessage>(table: Table<Desc>, stored: Stored<MessageShape<Desc>>): RemoveWrite {
  return { kind: 'remove', table, key: stored.key }
}

/** Touches nothing, but names the resource: for a request that changes other rows only, or finds nothing to change. */
export function keep<Desc extends DescMessage>(table: Table<Desc>, stored: Stored<MessageShape<Desc>>): KeepWrite {
  return { kind: 'keep', table, key: stored.key, revision: stored.revision }
}
