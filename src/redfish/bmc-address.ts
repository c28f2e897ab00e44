import { isIPv6 } from 'node:net'
import { trivetError } from '../lib/errors.ts'

/** Where a BMC listens. */
export interface BmcAddress {
  /** Name or IP address; IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Canonical text: lower case, IPv6 in brackets, the port only when it is not 443. */
  readonly text: string
  /** `https://host:port`. */
  readonly origin: string
}

const portDefault = 443
const addressCharsMax = 255

/**
 * Reads `host[:port]`; IPv6 in brackets, or bare without a port.
 * Errors: BMC_ADDRESS_INVALID, which shows the part of a URL to keep, and never a password.
 */
export function parseBmcAddress(given: string): BmcAddress {
  const text = given.trim()
  if (text === '') throw refused('""', 'it is empty', '10.1.0.1')
  if (text.length > addressCharsMax) throw refused(shown(text), `it has more than ${addressCharsMax} characters`)
  if (/[\s/?#@\\]/.test(text)) throw urlRefused(text)
  if (text.includes('%')) throw refused(shown(text), 'it names a zone, which means something on one machine only')
  if (isIPv6(text)) return canonical(text, portDefault)
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]+))(?::(?<port>\d*))?$/.exec(text)
  if (match === null) throw refused(shown(text), whatIsWrong(text))
  const { v6, name, port } = match.groups as { v6?: string; name?: string; port?: string }
  const host = v6 ?? name ?? ''
  if (v6 !== undefined && !isIPv6(v6)) throw refused(shown(text), 'there is no IPv6 address in its brackets')
  if (name !== undefined && !isHost(name)) throw refused(shown(text), 'its host is neither a name nor an IP address')
  return canonical(host, portOf(port, host, text))
}

function portOf(text: string | undefined, host: string, given: string): number {
  if (text === undefined) return portDefault
  const port = Number(text)
  if (text !== '' && port >= 1 && port <= 65_535) return port
  throw refused(shown(given), 'its port is not between 1 and 65535', bracketed(host))
}

function canonical(host: string, port: number): BmcAddress {
  const name = host.toLowerCase()
  const bare = bracketed(name)
  return {
    host: name,
    port,
    text: port === portDefault ? bare : `${bare}:${port}`,
    origin: `https://${bare}:${port}`,
  }
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** RFC 1123 labels, underscores too; a name of digits and dots alone must be a real IPv4 address. */
function isHost(name: string): boolean {
  if (!/^(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?$/i.test(name)) return false
  // Browsers' URL rules read 10.1, 0x7f.1 and 2130706433 as IPv4 addresses: such a name would not mean what it says.
  if (!URL.canParse(`https://${name}/`)) return false
  const read = new URL(`https://${name}/`).hostname
  return read === name.toLowerCase()
}

/** For text with a scheme, a path or a user: says what to keep. */
function urlRefused(text: string) {
  const withoutScheme = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const [withoutPath = ''] = withoutScheme.split(/[\s/?#\\]/, 1)
  const keep = withoutPath.slice(withoutPath.lastIndexOf('@') + 1)
  const reason = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? 'it is a URL'
    : text.includes('@')
      ? 'it names a user'
      : /\s/.test(text)
        ? 'it contains a blank'
        : 'it has a path'
  return refused(shown(text.replace(/[^/@]*@/, '…@')), reason, isAddress(keep) ? keep : undefined)
}

/** True for what is worth keeping. */
function isAddress(text: string): boolean {
  try {
    return parseBmcAddress(text).text !== ''
  } catch {
    // Why it is none is not what the person wants to know.
    return false
  }
}

function whatIsWrong(text: string): string {
  if (text.includes('[') || text.includes(']')) return 'its brackets do not enclose an IPv6 address'
  return /:.*:/.test(text)
    ? 'it has more than one colon; an IPv6 address with a port needs brackets'
    : 'its host is empty'
}

function refused(given: string, reason: string, example = 'bmc1.example:8443') {
  return trivetError('BMC_ADDRESS_INVALID', { address: given, reason, example: shown(example) })
}

function shown(text: string): string {
  const clean = text.toWellFormed().replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean
}
