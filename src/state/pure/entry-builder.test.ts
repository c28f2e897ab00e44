import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntrySchema, TransactionSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { EntryBuilder } from './entry-builder.ts'
import { entryBytesMax, entryTransactionsMax, transactionBytesMax } from './limits.ts'

const header = { stateVersion: 1, term: 2, number: 3, previous: 1, firstRevision: 9 }

test('an entry put together from encoded transactions is the entry that holds them', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 20 }), (methods) => {
      const transactions = methods.map((method) => create(TransactionSchema, { method }))
      const builder = new EntryBuilder()
      for (const one of transactions) builder.add(toBinary(TransactionSchema, one))
      const fields = { stateVersion: 1, term: 2n, number: 3n, previous: 1n, firstRevision: 9n, transactions }
      expect(fromBinary(EntrySchema, builder.build(header))).toEqual(create(EntrySchema, fields))
      expect(builder.length).toBe(0)
    }),
  )
})

test('rule 5: an entry is full at its bytes or its transactions, and one transaction always fits', () => {
  const builder = new EntryBuilder()
  expect(builder.fits(transactionBytesMax)).toBe(true)
  builder.add(new Uint8Array(transactionBytesMax))
  expect(builder.fits(60_000)).toBe(true)
  expect(builder.fits(66_000)).toBe(false)
  expect(builder.build(header).length).toBeLessThan(entryBytesMax)
  for (let at = 0; at < entryTransactionsMax; at += 1) {
    expect(builder.fits(1)).toBe(true)
    builder.add(new Uint8Array(1))
  }
  expect(builder.fits(1)).toBe(false)
})
