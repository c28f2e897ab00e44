import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { trivetError } from '../lib/errors.ts'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

/** Reads `host:port`; IPv6 hosts stand in brackets. Throws CONFIG_INVALID naming the setting. */
export function parseListenAddress(setting: string, text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text)
  const [, bracketed, plain] = match ?? []
  const host = bracketed ?? plain
  const port = Number(match?.[3])
  if (host === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw trivetError('CONFIG_INVALID', { where: setting, reason: `${JSON.stringify(text)} is not HOST:PORT` })
  }
  return { host, port }
}

/** Writes `host:port`. */
export function formatAddress(address: ListenAddress): string {
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`
}

/** True for addresses that only this machine reaches. A name is one only if it is `localhost`. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  // The short and octal forms that `inet_aton` knows are no addresses here.
  if (isIP(host) === 0) return false
  return ipaddr.process(host).range() === 'loopback'
}

/** True for an address that stands for all of this machine's: nobody can be told to connect to it. */
export function isUnspecified(host: string): boolean {
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'unspecified'
}

/**
 * Refuses an address that others reach: until TLS and authentication can be configured, only the listener for nodes
 * may leave loopback.
 */
export function requireLoopback(setting: string, address: ListenAddress): void {
  if (isLoopback(address.host)) return
  throw trivetError('LISTENER_NOT_LOOPBACK', { setting, address: formatAddress(address) })
}
