import { create, toBinary } from '@bufbuild/protobuf'
import type { Outcome } from '../../gen/trivet/log/v1/log_pb.ts'
import { OutcomeSchema, TransactionSchema, ViolationSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { isErrorCode, TrivetError, trivetError } from '../../lib/errors.ts'
import type { RequestFacts } from '../read.ts'
import type { Evaluated } from './evaluate.ts'
import { transactionOf } from './evaluate.ts'
import { keptTextLengthMax, keptViolationsMax } from './limits.ts'
import type { Times } from './row-reader.ts'

/**
 * The transaction that a refused retry leaves: no rows, but an outcome, so that a delayed first try can no longer be
 * executed after the caller was told of the refusal (log.md, rule 16).
 */
export function refusalTransaction(
  times: Times,
  request: RequestFacts & { readonly digest: Uint8Array },
  error: TrivetError,
): Evaluated {
  const transaction = transactionOf({ times }, request)
  const params = Object.entries(error.params).map(([name, value]) => [name, cut(textOf(value))])
  const violations = error.violations
    .slice(0, keptViolationsMax)
    .map(({ field, description }) => create(ViolationSchema, { field: cut(field), description: cut(description) }))
  transaction.outcome = create(OutcomeSchema, { code: error.code, params: Object.fromEntries(params), violations })
  return { transaction, bytes: toBinary(TransactionSchema, transaction), writes: [] }
}

/** The error that a kept outcome repeats. */
export function refusalOf(outcome: Outcome): TrivetError {
  const { code, params, violations } = outcome
  if (isErrorCode(code)) return new TrivetError(code, params, { violations })
  // A newer release refused it. Its reason has no text here, but that nothing was changed is what counts.
  return trivetError('INVALID_REQUEST', { reason: `an earlier try was refused with ${code}` })
}

function textOf(value: string | number | bigint | readonly string[]): string {
  return typeof value === 'object' ? value.join(', ') : `${value}`
}

function cut(text: string): string {
  return text.length <= keptTextLengthMax ? text : `${text.slice(0, keptTextLengthMax - 1).toWellFormed()}…`
}
