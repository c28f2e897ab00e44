import { expect, test } from 'vitest'
import { isTrivetError } from '../../lib/errors.ts'
import { uuid7 } from '../../lib/uuid7.ts'
import { checkRequestId } from './check-request-id.ts'

const id = (timeMs: number, fill = 0) => uuid7({ timeMs, random: new Uint8Array(10).fill(fill) })
const codeOf = (requestId: string, floor: string, logTimeMs: number): string => {
  try {
    checkRequestId(requestId, { floor, logTimeMs })
  } catch (error) {
    return isTrivetError(error) ? error.code : 'defect'
  }
  return ''
}

test.for([
  ['as old as the log', id(1), '', 10_000_000, ''],
  ['at the floor', id(5_000, 7), id(5_000, 7), 6_000, 'REQUEST_ID_TOO_OLD'],
  ['below the floor', id(5_000, 6), id(5_000, 7), 6_000, 'REQUEST_ID_TOO_OLD'],
  ['above the floor', id(5_000, 8), id(5_000, 7), 6_000, ''],
  ['10 s ahead', id(15_000), '', 5_000, ''],
  ['over 10 s ahead', id(15_001), '', 5_000, 'REQUEST_ID_IN_FUTURE'],
  ['of another kind', '0190b5a4-7c3e-4e5f-8a9b-0c1d2e3f4a5b', '', 5_000, 'INVALID_REQUEST'],
] as const)('rules 13 and 14: an unknown id %s', ([, requestId, floor, logTimeMs, code]) => {
  expect(codeOf(requestId, floor, logTimeMs)).toBe(code)
})
