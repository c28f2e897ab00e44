import { isIP } from 'node:net'
import { serverDefault } from './program-flags.ts'
import { usageError } from './usage-error.ts'

const portDefault = 7400

/** A list longer than this is a mistake: a quorum has a handful of peers. */
const addressesMax = 64

/**
 * The addresses of peers, `host:port`, in the order in which they are tried. `given` is what `--server` or
 * TRIVET_SERVER says: by commas; the port may be left out; IPv6 hosts stand in brackets.
 * Errors: USAGE, naming the address.
 */
export function serverAddresses(given: string | undefined, command: string): string[] {
  const texts = (given ?? serverDefault).split(',').map((text) => text.trim())
  if (texts.length > addressesMax) {
    throw usageError(command, `--server names ${texts.length} addresses; at most ${addressesMax} are taken`)
  }
  return [...new Set(texts.map((text) => address(text, command)))]
}

function address(text: string, command: string): string {
  const [, ipv6, name, port = String(portDefault)] = /^(?:\[([^\]]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = ipv6 === undefined ? name : `[${ipv6}]`
  const isValid = host !== undefined && (ipv6 === undefined || isIP(ipv6) === 6)
  if (isValid && Number(port) >= 1 && Number(port) <= 65_535) return `${host}:${port}`
  throw usageError(
    command,
    `--server: ${JSON.stringify(text)} is no address; write host or host:port, several by commas`,
  )
}
