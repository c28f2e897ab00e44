import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A key and its self-signed certificate, as a BMC makes them in the factory. */
export interface SelfSignedCertificate {
  readonly keyPem: string
  readonly certificatePem: string
  /** Base64 of the SHA-256 of the public key (SPKI): what a client pins. */
  readonly spkiSha256: string
}

/**
 * Makes an EC P-256 key and an X.509 v3 certificate over it (RFC 5280), valid for ten years, for one IPv4 address.
 * `node:crypto` reads certificates and cannot sign one, and the room must not depend on an `openssl` program.
 */
export function selfSignedCertificate(options: {
  readonly commonName: string
  readonly address: string
}): SelfSignedCertificate {
  if (!isIPv4(options.address)) throw new Error(`not an IPv4 address: ${options.address}`)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const name = sequence(set(sequence(objectId(oid.commonName), utf8String(options.commonName))))
  const now = Date.now()
  const dayMs = 86_400_000
  const body = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(now - dayMs)), time(new Date(now + 3_650 * dayMs))),
    name,
    spki,
    tagged(
      3,
      sequence(
        sequence(objectId(oid.subjectAltName), octetString(sequence(ipAddress(options.address)))),
        sequence(objectId(oid.extendedKeyUsage), octetString(sequence(objectId(oid.serverAuth)))),
      ),
    ),
  )
  const certificate = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, privateKey)))
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: pem('CERTIFICATE', certificate),
    spkiSha256: createHash('sha256').update(spki).digest('base64'),
  }
}

/** Object identifiers, each as its encoded octets. */
const oid = {
  commonName: Buffer.from('550403', 'hex'),
  subjectAltName: Buffer.from('551d11', 'hex'),
  extendedKeyUsage: Buffer.from('551d25', 'hex'),
  serverAuth: Buffer.from('2b06010505070301', 'hex'),
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
}

/** RFC 5758: the parameters are absent, not NULL. */
const ecdsaWithSha256 = sequence(objectId(oid.ecdsaWithSha256))

/** One DER element: tag, definite length, content (X.690 §8.1). */
function element(tag: number, content: Buffer): Buffer {
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content])
  const lengthHex = content.length.toString(16)
  const length = Buffer.from(lengthHex.padStart(lengthHex.length + (lengthHex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content])
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

function set(...parts: Buffer[]): Buffer {
  return element(0x31, Buffer.concat(parts))
}

function tagged(number: number, content: Buffer): Buffer {
  return element(0xa0 | number, content)
}

/** `octets` are the number's, big-endian; the first must be below 0x80, so that it stays positive. */
function integer(octets: Buffer): Buffer {
  return element(0x02, octets)
}

function bitString(octets: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(0), octets]))
}

function octetString(octets: Buffer): Buffer {
  return element(0x04, octets)
}

function objectId(octets: Buffer): Buffer {
  return element(0x06, octets)
}

function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, 'utf8'))
}

/** GeneralName of kind iPAddress: implicit tag 7. */
function ipAddress(address: string): Buffer {
  return element(0x87, Buffer.from(address.split('.').map(Number)))
}

/** UTCTime, which RFC 5280 §4.1.2.5 prescribes up to 2049. */
function time(date: Date): Buffer {
  if (date.getUTCFullYear() > 2049) throw new Error('dates after 2049 need GeneralizedTime')
  const text = date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)
  return element(0x17, Buffer.from(`${text}Z`, 'latin1'))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
