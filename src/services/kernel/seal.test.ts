import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf } from '../testing/request.ts'
import { Sealer } from './seal.ts'
import { parseSealedText, sealedText } from './sealed-text.ts'

const sealer = new Sealer(new Uint8Array(32).fill(1))
const other = new Sealer(new Uint8Array(32).fill(2))
const place = { table: 'credential', key: 'cred-1', field: 'password' }

test('what was sealed is opened again by any holder of the key, and seals differ each time', () => {
  const peer = new Sealer(new Uint8Array(32).fill(1))
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
      const sealed = sealer.seal(place, secret)
      expect(peer.open(place, sealed)).toBe(secret)
      expect(sealed.nonce).not.toEqual(sealer.seal(place, secret).nonce)
    }),
  )
})

test('a secret opens for its very table, row and field only', () => {
  const sealed = sealer.seal(place, 'secret')
  fc.assert(
    fc.property(fc.record({ table: fc.string(), key: fc.string(), field: fc.string() }), (moved) => {
      fc.pre(JSON.stringify(moved) !== JSON.stringify(place))
      expect(refusalOf(() => sealer.open(moved, sealed)).code).toBe('SEAL_BROKEN')
    }),
  )
  // Parts that run into one another are different places.
  const joined = sealer.seal({ table: 'ab', key: 'c', field: '' }, 'x')
  expect(refusalOf(() => sealer.open({ table: 'a', key: 'bc', field: '' }, joined)).code).toBe('SEAL_BROKEN')
})

test('a changed bit, another key or a cut text break the seal, and the error names row and key', () => {
  const sealed = sealer.seal(place, 'secret')
  for (const at of sealed.ciphertext.keys()) {
    const ciphertext = Uint8Array.from(sealed.ciphertext)
    ciphertext[at]! ^= 1
    expect(refusalOf(() => sealer.open(place, { ...sealed, ciphertext })).code).toBe('SEAL_BROKEN')
    const cut = { ...sealed, ciphertext: sealed.ciphertext.subarray(0, at) }
    expect(refusalOf(() => sealer.open(place, cut)).code).toBe('SEAL_BROKEN')
  }
  const error = refusalOf(() => other.open(place, sealed))
  expect(error.message).toContain(`credential cred-1 cannot be opened: it was sealed with key ${sealer.keyId}`)
  expect(other.keyId).not.toBe(sealer.keyId)
})

test('a sealed value passes through text unchanged, and other text is none', () => {
  const sealed = sealer.seal(place, 'secret')
  const text = sealedText(sealed)
  expect(text).not.toContain('secret')
  expect(sealer.open(place, parseSealedText(text)!)).toBe('secret')
  for (const wrong of ['', 'secret', 'sealed:v1:', 'sealed:v1:a:b', `${text}:more`, text.replace('v1', 'v2')]) {
    expect(parseSealedText(wrong)).toBeUndefined()
  }
})

test('the digest of a request is the same on every peer, and depends on method, request and key', () => {
  const digest = (from: Sealer, method: string, text: string) =>
    Buffer.from(from.digest(method, Buffer.from(text))).toString('hex')
  expect(digest(sealer, 'a', 'b')).toBe(digest(new Sealer(new Uint8Array(32).fill(1)), 'a', 'b'))
  const digests = [
    digest(sealer, 'a', 'b'),
    digest(sealer, 'a', 'c'),
    digest(sealer, 'ab', ''),
    digest(other, 'a', 'b'),
  ]
  expect(new Set(digests).size).toBe(4)
})

test('a key of another size is refused, and new keys differ', () => {
  expect(() => new Sealer(new Uint8Array(31))).toThrow('32 bytes, not 31')
  expect(Sealer.newKey()).toHaveLength(32)
  expect(Sealer.newKey()).not.toEqual(Sealer.newKey())
})
