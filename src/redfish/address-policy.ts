import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { trivetError } from '../lib/errors.ts'

/** Which IP addresses a peer contacts as BMCs. Asked at connect time, with the address that a name resolved to. */
export interface AddressPolicy {
  /** `undefined` when the address may be contacted, else why not: "is a loopback address". */
  refusal(ip: string): string | undefined
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6
interface Network {
  readonly address: Ip
  readonly bits: number
}

/** Never a BMC, whatever the operator says. */
const never: Readonly<Record<string, string>> = {
  unspecified: 'is the unspecified address',
  multicast: 'is a multicast address',
  broadcast: 'is the broadcast address',
}

/** Reached only by a network of the operator's that lies wholly within the range, which begins at this length. */
const guarded: Readonly<Record<string, { readonly reason: string; readonly bits: { ipv4: number; ipv6: number } }>> = {
  loopback: { reason: 'is a loopback address', bits: { ipv4: 8, ipv6: 128 } },
  linkLocal: { reason: 'is a link-local address', bits: { ipv4: 16, ipv6: 10 } },
  // Forms of IPv6 that carry an IPv4 address, which a host or router on the way unwraps.
  rfc6145: { reason: 'hides an IPv4 address', bits: { ipv4: 32, ipv6: 96 } },
  rfc6052: { reason: 'hides an IPv4 address', bits: { ipv4: 32, ipv6: 96 } },
  '6to4': { reason: 'hides an IPv4 address', bits: { ipv4: 32, ipv6: 16 } },
  teredo: { reason: 'hides an IPv4 address', bits: { ipv4: 32, ipv6: 32 } },
}

/**
 * The policy of a peer started with these `--bmc-networks`. Without any: everything but loopback, link-local and
 * forms that hide an IPv4 address. With some: only those, and loopback or link-local only for a network that lies
 * within them, so that 0.0.0.0/0 opens neither.
 * Errors: BMC_NETWORK_INVALID.
 */
export function addressPolicy(networks: readonly string[]): AddressPolicy {
  const allowed = networks.map(networkOf)
  return {
    refusal(ip) {
      const address = addressOf(ip)
      if (address === undefined) return 'is not an IP address'
      const range = rangeOf(address)
      const hopeless = never[range]
      if (hopeless !== undefined) return hopeless
      const danger = guarded[range]
      const matching = allowed.filter((network) => contains(network, address))
      if (danger !== undefined) {
        const within = (network: Network) =>
          rangeOf(network.address) === range && network.bits >= danger.bits[address.kind()]
        return matching.some(within) ? undefined : danger.reason
      }
      return allowed.length === 0 || matching.length > 0 ? undefined : 'is in none of the networks of `--bmc-networks`'
    },
  }
}

/** Canonical: an IPv4-mapped address is the IPv4 address; the zone of a link-local one is dropped. */
function addressOf(text: string): Ip | undefined {
  const plain = text.split('%', 1)[0]!
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return ipaddr.IPv4.parse(plain)
  if (!isIPv6(plain)) return undefined
  // ipaddr.js reads the text `::a.b.c.d` as `::ffff:a.b.c.d`; hexadecimal, as URL prints it, it reads right.
  const address = ipaddr.IPv6.parse(new URL(`https://[${plain}]/`).hostname.slice(1, -1))
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function rangeOf(address: Ip): string {
  if (address instanceof ipaddr.IPv6 && isIpv4Compatible(address)) return 'rfc6145'
  return address.range()
}

/** `::a.b.c.d` (RFC 4291 §2.5.5.1, deprecated) still reaches the IPv4 address on some systems. */
function isIpv4Compatible(address: ipaddr.IPv6): boolean {
  const [high, low] = [address.parts[6]!, address.parts[7]!]
  return address.parts.slice(0, 6).every((part) => part === 0) && (high !== 0 || low > 1)
}

function contains(network: Network, address: Ip): boolean {
  return network.address.kind() === address.kind() && address.match(network.address, network.bits)
}

function networkOf(given: string): Network {
  const text = given.trim()
  const [plain, length] = text.split('/', 2) as [string, string?]
  const address = addressOf(plain)
  if (address === undefined) throw invalid(text, 'its address cannot be read')
  const bitsMax = address.kind() === 'ipv4' ? 32 : 128
  if (length === undefined) return { address, bits: bitsMax }
  const bits = Number(length)
  if (!/^\d{1,3}$/.test(length) || bits > bitsMax) throw invalid(text, `its length is not between 0 and ${bitsMax}`)
  if (plain.includes(':') && bitsMax === 32) throw invalid(text, 'write an IPv4-mapped network as IPv4')
  return { address, bits }
}

function invalid(network: string, reason: string) {
  return trivetError('BMC_NETWORK_INVALID', { network: JSON.stringify(network.slice(0, 60)), reason })
}
