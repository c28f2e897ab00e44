import { trivetError } from './errors.ts'

/** Crockford's base 32 in small letters: no i, l, o, u, so that an id can be read aloud. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Bytes of randomness in an id. */
export const idRandomSizeBytes = 16

const form = /^([a-z]{2,8})-([0-7][0-9a-hjkmnp-tv-z]{25})$/
const prefixForm = /^[a-z]{2,8}$/

/**
 * Makes an id: `<prefix>-<26 characters>`, the 128 given bits in base 32, high bits first. 26 characters hold 130
 * bits; the first one is 0 to 7, as in ULID and TypeID. The prefix, 2 to 8 letters, tells what the id belongs to.
 */
export function makeId({ prefix, random }: { readonly prefix: string; readonly random: Uint8Array }): string {
  if (!prefixForm.test(prefix)) throw new RangeError(`an id's prefix has 2 to 8 small letters, unlike ${prefix}`)
  if (random.length !== idRandomSizeBytes) {
    throw new RangeError(`an id takes ${idRandomSizeBytes} random bytes, not ${random.length}`)
  }
  let bits = 0n
  for (const byte of random) bits = (bits << 8n) | BigInt(byte)
  let text = ''
  for (let shift = 125n; shift >= 0n; shift -= 5n) text += alphabet.charAt(Number((bits >> shift) & 31n))
  return `${prefix}-${text}`
}

/** True for the canonical form of an id, of this prefix if one is given. */
export function isId(text: string, prefix?: string): boolean {
  const match = form.exec(text)
  return match !== null && (prefix === undefined || match[1] === prefix)
}

/**
 * Reads an id of this prefix in any case, with blanks around it, and gives its canonical form.
 * Errors: ID_INVALID.
 */
export function parseId(text: string, prefix: string): string {
  const id = text.trim().toLowerCase()
  if (isId(id, prefix)) return id
  const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
  const match = form.exec(id)
  const reason =
    match === null
      ? `it is not ${prefix}- and 26 characters of 0–9 and a–z without i, l, o, u`
      : `it begins with ${match[1]}-, not ${prefix}-`
  throw trivetError('ID_INVALID', { id: shown, reason })
}
