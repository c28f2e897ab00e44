import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { selfSignedCertificate } from './certificate.ts'

test('the certificate is signed by its own key, valid today, and names the address', () => {
  const made = selfSignedCertificate({ commonName: 'x1000c0s0b0', address: '127.77.0.1' })
  const certificate = new X509Certificate(made.certificatePem)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(made.keyPem))).toBe(true)
  expect(certificate.checkIP('127.77.0.1')).toBe('127.77.0.1')
  expect(certificate.checkIP('127.77.0.2')).toBeUndefined()
  expect(certificate.subject).toBe('CN=x1000c0s0b0')
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now())
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 86_400_000)
})

test('the fingerprint is that of the public key', () => {
  const made = selfSignedCertificate({ commonName: 'bmc', address: '127.0.0.1' })
  const spki = new X509Certificate(made.certificatePem).publicKey.export({ type: 'spki', format: 'der' })
  expect(made.spkiSha256).toBe(createHash('sha256').update(spki).digest('base64'))
})

test('two BMCs never share a key', () => {
  const options = { commonName: 'bmc', address: '127.0.0.1' }
  expect(selfSignedCertificate(options).spkiSha256).not.toBe(selfSignedCertificate(options).spkiSha256)
})

test('an address that is none is refused', () => {
  expect(() => selfSignedCertificate({ commonName: 'bmc', address: 'localhost' })).toThrow(/not an IPv4/)
})
