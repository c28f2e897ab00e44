import { trivetError } from './errors.ts'

/** The form in which addresses are kept, and in which firmware gives them. */
const canonicalForm = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/

/** Forms that are read: six pairs, or three groups of four as switches print them, or bare digits. */
const forms = [
  canonicalForm,
  /^[0-9a-f]{2}(-[0-9a-f]{2}){5}$/,
  /^[0-9a-f]{2}(\.[0-9a-f]{2}){5}$/,
  /^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/,
  /^[0-9a-f]{12}$/,
]

/** Length of the longest form, every separator percent-encoded. */
const macCharsMax = 27

/**
 * The canonical form, `aa:bb:cc:dd:ee:ff`, of a MAC address in any of its forms: separated by `:`, `-`, `%3A` or `.`,
 * in pairs or as `aabb.ccdd.eeff`, or bare; in any case; blanks around it are dropped.
 * Errors: MAC_INVALID.
 */
export function parseMac(text: string): string {
  const canonical = canonicalMac(text)
  if (canonical !== undefined) return canonical
  const spelled = text.trim()
  if (spelled.length > macCharsMax) throw invalid(spelled, `it has more than ${macCharsMax} characters`)
  throw invalid(spelled, whatIsWrong(plainForm(spelled)))
}

/** Like `parseMac`, but undefined for what is not a MAC address: for text that may be something else. */
export function canonicalMac(text: string): string | undefined {
  // Every boot script is asked for by a MAC address, nearly always in this form.
  if (canonicalForm.test(text)) return text
  const spelled = text.trim()
  const plain = spelled.length > macCharsMax ? '' : plainForm(spelled)
  if (!forms.some((form) => form.test(plain))) return undefined
  return plain
    .replaceAll(/[^0-9a-f]/g, '')
    .match(/../g)!
    .join(':')
}

/** True for text that `parseMac` takes. */
export function isMac(text: string): boolean {
  return canonicalMac(text) !== undefined
}

function plainForm(spelled: string): string {
  return spelled.toLowerCase().replaceAll('%3a', ':').replaceAll('%2d', '-')
}

/** True for a group address, broadcast included: no interface sends from one (IEEE 802, I/G bit). Expects canonical form. */
export function isMulticastMac(mac: string): boolean {
  return (firstOctet(mac) & 0b01) !== 0
}

/** True for an address that no vendor assigned (IEEE 802, U/L bit): virtual machines, Cray EX. Expects canonical form. */
export function isLocallyAdministeredMac(mac: string): boolean {
  return (firstOctet(mac) & 0b10) !== 0
}

function firstOctet(mac: string): number {
  return Number.parseInt(mac.slice(0, 2), 16)
}

function whatIsWrong(plain: string): string {
  if (plain === '') return 'it is empty'
  const stray = /[^0-9a-f:.-]/.exec(plain)
  if (stray !== null) return `${JSON.stringify(stray[0])} is no hexadecimal digit`
  const digits = plain.replaceAll(/[^0-9a-f]/g, '').length
  if (digits !== 12) return `it has ${digits} hexadecimal digits; 12 are needed`
  return 'its separators are not those of any form'
}

function invalid(mac: string, reason: string) {
  const shown = mac.length > 40 ? `${mac.slice(0, 40)}…` : mac
  return trivetError('MAC_INVALID', { mac: JSON.stringify(shown), reason })
}
