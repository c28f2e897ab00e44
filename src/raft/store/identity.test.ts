import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeIdentity, readIdentityFile, type Identity } from './identity.ts'

const identity: Identity = {
  clusterId: 'c'.repeat(32),
  peerId: 'a'.repeat(16),
  peerName: 'alpha "1"',
  formatEpoch: 2,
  mustHaveIndex: 20_000,
  nonce: 'b'.repeat(16),
  nonces: { ['d'.repeat(16)]: 'e'.repeat(16) },
  incarnation: '',
}

test('an identity is read back as it was written', () => {
  expect(readIdentityFile(encodeIdentity(identity))).toEqual({ kind: 'read', identity })
})

test('a flipped bit never makes another identity', () => {
  const file = encodeIdentity(identity)
  fc.assert(
    fc.property(fc.nat({ max: file.length * 8 - 1 }), (bit) => {
      const flipped = Uint8Array.from(file)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const reading = readIdentityFile(flipped)
      // A flip in a blank between two fields may change nothing.
      if (reading.kind === 'read') expect(reading.identity).toEqual(identity)
      else expect(reading.kind).toBe('broken')
    }),
    { numRuns: 500 },
  )
})

test('JSON that is no identity is broken', () => {
  for (const text of ['', '{}', 'null', '[]', '{"clusterId": 1}', JSON.stringify({ ...identity, crc: 0 })]) {
    expect(readIdentityFile(Buffer.from(text))).toMatchObject({ kind: 'broken' })
  }
})
