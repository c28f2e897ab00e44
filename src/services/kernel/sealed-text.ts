import type { SealedValue } from './seal.ts'

/**
 * A sealed value as text, so that it can take the place of the secret in the very field of the request: a string that
 * begins with this is never shown, and is no secret any more.
 */
const prefix = 'sealed:v1:'

/** Writes a sealed value as text. */
export function sealedText(sealed: SealedValue): string {
  return `${prefix}${sealed.keyId}:${base64(sealed.nonce)}:${base64(sealed.ciphertext)}`
}

/** Reads it back; undefined for anything else. */
export function parseSealedText(text: string): SealedValue | undefined {
  if (!text.startsWith(prefix)) return undefined
  const [keyId, nonce, ciphertext, ...rest] = text.slice(prefix.length).split(':')
  if (keyId === undefined || nonce === undefined || ciphertext === undefined || rest.length > 0) return undefined
  return { keyId, nonce: Buffer.from(nonce, 'base64url'), ciphertext: Buffer.from(ciphertext, 'base64url') }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
