import { expect, test } from 'vitest'
import { decodeHardState, decodeTruncation, encodeHardState, encodeTruncation } from './records.ts'
import { seal } from './sealed-record.ts'

const hardState = { term: 2 ** 40, vote: 'a'.repeat(16), commit: 77 }
const truncation = { index: 2 ** 33, term: 9, chain: new Uint8Array(16).fill(7) }

test('records say what was written', () => {
  for (const vote of [hardState.vote, '']) {
    expect(decodeHardState(encodeHardState({ ...hardState, vote }))).toEqual({ ...hardState, vote })
  }
  expect(decodeTruncation(encodeTruncation(truncation))).toEqual(truncation)
})

test.each([
  ['hard state', encodeHardState(hardState), decodeHardState],
  ['truncation point', encodeTruncation(truncation), decodeTruncation],
])('a %s with a flipped bit, cut off anywhere or of another release is none', (_, record, decode) => {
  for (let bit = 0; bit < record.length * 8; bit++) {
    const flipped = Uint8Array.from(record)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    expect(decode(flipped)).toBeUndefined()
  }
  for (let size = 0; size < record.length; size++) expect(decode(record.subarray(0, size))).toBeUndefined()
  const content = Uint8Array.from(record.subarray(0, record.length - 4))
  content[0] = 2
  expect(decode(seal(content))).toBeUndefined()
  expect(decode(seal(new Uint8Array(content.length + 1).fill(1)))).toBeUndefined()
})
