import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeIdentity, readIdentityFiles, type Identity } from './identity.ts'

const identity: Identity = {
  clusterId: 'c'.repeat(32),
  peerId: 'a'.repeat(16),
  peerName: 'alpha "1"',
  formatEpoch: 2,
  mustHaveIndex: 20_000,
  nonce: 'b'.repeat(16),
  starts: 3,
  met: { ['d'.repeat(16)]: { nonce: 'e'.repeat(16), starts: 2, run: 'r' } },
  incarnation: '',
}

test('an identity is read back as it was written', () => {
  expect(readIdentityFiles(encodeIdentity(identity), undefined)).toEqual({ kind: 'read', identity })
})

test('a flipped bit never makes another identity', () => {
  const file = encodeIdentity(identity)
  fc.assert(
    fc.property(fc.nat({ max: file.length * 8 - 1 }), (bit) => {
      const flipped = Uint8Array.from(file)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const reading = readIdentityFiles(flipped, undefined)
      // A flip in a blank between two fields may change nothing.
      if (reading.kind === 'read') expect(reading.identity).toEqual(identity)
      else expect(reading.kind).toBe('broken')
    }),
    { numRuns: 500 },
  )
})

test('JSON that is no identity is broken', () => {
  for (const text of ['', '{}', 'null', '[]', '{"clusterId": 1}', JSON.stringify({ ...identity, crc: 0 })]) {
    expect(readIdentityFiles(Buffer.from(text), undefined)).toMatchObject({ kind: 'broken' })
  }
})

test('a whole file whose fields are not those of an identity is broken', () => {
  for (const wrong of [{ clusterId: 5 }, { starts: 0.5 }, { met: null }, { nonce: undefined }]) {
    const fields = { ...identity, ...wrong }
    const text = JSON.stringify({ ...fields, crc: crc32(JSON.stringify(fields)) })
    expect(readIdentityFiles(Buffer.from(text), undefined)).toMatchObject({ kind: 'broken' })
  }
})

test('the copy stands in for a first one that is lost, and only two lost ones are none', () => {
  const [file, broken] = [encodeIdentity(identity), Buffer.from('{}')]
  for (const first of [undefined, broken]) {
    expect(readIdentityFiles(first, file)).toEqual({ kind: 'read', identity })
    expect(readIdentityFiles(file, first)).toEqual({ kind: 'read', identity })
  }
  const newer = { ...identity, starts: 4 }
  expect(readIdentityFiles(file, encodeIdentity(newer))).toEqual({ kind: 'read', identity: newer })
  expect(readIdentityFiles(encodeIdentity(newer), file)).toEqual({ kind: 'read', identity: newer })
  const foreign = { ...newer, nonce: 'other' }
  expect(readIdentityFiles(file, encodeIdentity(foreign))).toEqual({ kind: 'read', identity })
  expect(readIdentityFiles(undefined, broken)).toMatchObject({ kind: 'broken' })
  expect(readIdentityFiles(undefined, undefined)).toEqual({ kind: 'absent' })
})
