import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { TransactionSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { TrivetError, trivetError } from '../../lib/errors.ts'
import { keptTextLengthMax, keptViolationsMax, transactionBytesMax } from './limits.ts'
import { refusalOf, refusalTransaction } from './refusal-transaction.ts'

const facts = {
  principal: 'p',
  tenant: '',
  requestId: 'r',
  method: 'm',
  reason: '',
  viaPeer: 'a',
  sourceAddress: '',
  digest: new Uint8Array([1]),
}

function kept(error: TrivetError): TrivetError {
  const { bytes, writes } = refusalTransaction({ timeMs: 1, logTimeMs: 2 }, facts, error)
  expect(writes).toEqual([])
  expect(bytes.length).toBeLessThan(transactionBytesMax)
  return refusalOf(fromBinary(TransactionSchema, bytes).outcome!)
}

test('rule 16: a kept refusal says again what the first one said', () => {
  const violations = [{ field: 'name', description: 'is empty' }]
  const error = trivetError('TRANSACTION_TOO_LARGE', { amount: 7, unit: 'rows', limit: 5n }, { violations })
  const again = kept(error)
  expect(again.code).toBe(error.code)
  expect(again.message).toBe(error.message)
  expect(again.remedy).toBe(error.remedy)
  expect(again.violations).toMatchObject(violations)
})

test('lists read as they did', () => {
  const error = new TrivetError('INVALID_REQUEST', { reason: ['a', 'b'] })
  expect(kept(error).message).toBe(error.message)
})

test('what is kept has a bound, and stays well-formed where it is cut', () => {
  const many = Array.from({ length: 500 }, () => ({ field: '語'.repeat(5_000), description: '🙂'.repeat(10_000) }))
  const again = kept(trivetError('INVALID_REQUEST', { reason: `a${'🙂'.repeat(10_000)}` }, { violations: many }))
  expect(again.violations).toHaveLength(keptViolationsMax)
  const { reason } = again.params as { readonly reason: string }
  expect(reason).toHaveLength(keptTextLengthMax)
  expect(reason.isWellFormed()).toBe(true)
})

test('a refusal of a newer release is told by its code', () => {
  const { transaction } = refusalTransaction({ timeMs: 1, logTimeMs: 2 }, facts, trivetError('CANCELLED', {}))
  transaction.outcome!.code = 'NEWER_THAN_THIS'
  expect(refusalOf(transaction.outcome!).message).toMatch(/an earlier try was refused with NEWER_THAN_THIS/)
})
