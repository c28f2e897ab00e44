import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { trivetError } from '../../lib/errors.ts'

const cipher = 'aes-256-gcm'
const keySizeBytes = 32
const nonceSizeBytes = 12
const tagSizeBytes = 16

/** Where a sealed value belongs. It is associated data, so that the value cannot be moved to another row. */
export interface SealedPlace {
  readonly table: string
  readonly key: string
  readonly field: string
}

/** A secret that only a holder of the sealing key can read. */
export interface SealedValue {
  readonly keyId: string
  readonly nonce: Uint8Array
  /** With the tag behind it. */
  readonly ciphertext: Uint8Array
}

/** Seals and opens secrets with the site's sealing key, which every peer holds and no log, backup or answer does. */
export class Sealer {
  /** Fingerprint of the key: 16 hexadecimal digits. Part of the peer handshake. */
  readonly keyId: string
  readonly #sealingKey: Buffer
  readonly #digestKey: Buffer

  /** `key`: 32 random bytes, the content of the sealing key file. */
  constructor(key: Uint8Array) {
    if (key.length !== keySizeBytes) throw new RangeError(`a sealing key has ${keySizeBytes} bytes, not ${key.length}`)
    this.keyId = createHash('sha256').update('trivet sealing key id').update(key).digest('hex').slice(0, 16)
    this.#sealingKey = derive(key, 'seal')
    this.#digestKey = derive(key, 'request digest')
  }

  /** Draws a new key. */
  static newKey(): Uint8Array {
    return randomBytes(keySizeBytes)
  }

  seal(place: SealedPlace, secret: string): SealedValue {
    const nonce = randomBytes(nonceSizeBytes)
    const sealing = createCipheriv(cipher, this.#sealingKey, nonce, { authTagLength: tagSizeBytes })
    sealing.setAAD(associatedData(place))
    const ciphertext = Buffer.concat([sealing.update(secret, 'utf8'), sealing.final(), sealing.getAuthTag()])
    return { keyId: this.keyId, nonce, ciphertext }
  }

  /** Throws SEAL_BROKEN when the value was sealed with another key, for another place, or was changed. */
  open(place: SealedPlace, sealed: SealedValue): string {
    try {
      const { ciphertext } = sealed
      const opening = createDecipheriv(cipher, this.#sealingKey, sealed.nonce, { authTagLength: tagSizeBytes })
      opening.setAAD(associatedData(place))
      opening.setAuthTag(ciphertext.subarray(ciphertext.length - tagSizeBytes))
      const head = opening.update(ciphertext.subarray(0, ciphertext.length - tagSizeBytes))
      return Buffer.concat([head, opening.final()]).toString('utf8')
    } catch (cause) {
      throw trivetError('SEAL_BROKEN', { table: place.table, key: place.key, keyId: sealed.keyId }, { cause })
    }
  }

  /**
   * Keyed digest of a request: the same on every peer, and of no use for guessing the secret that the request holds.
   */
  digest(method: string, request: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#digestKey).update(method).update('\0').update(request).digest().subarray(0, 16)
  }
}

function derive(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'trivet', purpose, keySizeBytes))
}

function associatedData(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.key, place.field]))
}
