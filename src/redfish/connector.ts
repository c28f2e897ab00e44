import { createHash } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { buildConnector } from 'undici'
import { trivetError } from '../lib/errors.ts'
import { libuvPool } from '../lib/semaphore.ts'
import type { AddressPolicy } from './address-policy.ts'
import type { BmcAddress } from './bmc-address.ts'
import { limits } from './limits.ts'
import type { BmcTls } from './port.ts'

/** The public keys that a BMC has shown on one `BmcConnection`. */
export interface KeyWatch {
  /** Base64 of the SHA-256 of the SPKI of the last handshake. */
  seen: string | undefined
}

/**
 * Opens TLS connections to one BMC: resolves its name, judges every address by the policy and connects to that very
 * address, so that a second resolution cannot lead elsewhere; then judges the public key, before anything is written.
 */
export function bmcConnector(options: {
  readonly address: BmcAddress
  readonly policy: AddressPolicy
  readonly tls: BmcTls
  readonly keys: KeyWatch
}): buildConnector.connector {
  const connect = buildConnector({
    // Keys are pinned instead: almost no BMC has a certificate that a CA signed.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    timeout: limits.connectTimeoutMs,
    // A resumed session shows no certificate.
    maxCachedSessions: 0,
    allowH2: false,
  })
  const bound = boundKey(options.tls)
  const attempt = async (to: buildConnector.Options): Promise<TLSSocket> => {
    const addresses = await allowedAddresses(options.address, options.policy)
    let failure: Error | undefined
    for (const ip of addresses) {
      try {
        const socket = await connected(connect, { ...to, hostname: ip })
        try {
          judgeKey(socket, bound, options)
        } catch (error) {
          socket.destroy()
          throw error
        }
        return socket
      } catch (error) {
        failure = error as Error
      }
    }
    throw failure ?? new Error('the name has no address')
  }
  return (to, callback) => {
    attempt(to).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error as Error, null),
    )
  }
}

/** The key that further handshakes must show; set by the first one under `first_use`. */
interface BoundKey {
  readonly mode: 'insecure' | 'first_use' | 'pin'
  expected: string | undefined
}

function boundKey(tls: BmcTls): BoundKey {
  return typeof tls === 'string' ? { mode: tls, expected: undefined } : { mode: 'pin', expected: tls.pin }
}

function judgeKey(
  socket: TLSSocket,
  bound: BoundKey,
  options: { readonly address: BmcAddress; readonly keys: KeyWatch },
): void {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw new Error('the TLS handshake showed no certificate')
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  const seen = createHash('sha256').update(spki).digest('base64')
  options.keys.seen = seen
  if (bound.mode === 'first_use') bound.expected ??= seen
  if (bound.expected !== undefined && bound.expected !== seen) {
    throw trivetError('BMC_PIN_MISMATCH', { address: options.address.text, seen, pinned: bound.expected })
  }
}

/** Addresses of the BMC that the policy allows. Errors: BMC_ADDRESS_REFUSED when it allows none of them. */
async function allowedAddresses(address: BmcAddress, policy: AddressPolicy): Promise<readonly string[]> {
  const found = isIP(address.host) === 0 ? await resolved(address.host) : [address.host]
  const allowed = found.filter((ip) => policy.refusal(ip) === undefined)
  const first = found[0]
  if (allowed.length === 0 && first !== undefined) {
    throw trivetError('BMC_ADDRESS_REFUSED', {
      address: address.text,
      ip: first,
      reason: policy.refusal(first) ?? '',
      network: `${first}/${isIP(first) === 4 ? 32 : 128}`,
    })
  }
  return allowed.slice(0, limits.addressesTriedMax)
}

async function resolved(host: string): Promise<readonly string[]> {
  const addresses = await libuvPool.run(() => lookup(host, { all: true }))
  return addresses.map((one) => one.address)
}

function connected(connect: buildConnector.connector, to: buildConnector.Options): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    connect(to, (...[error, socket]) => {
      if (error === null) resolve(socket as TLSSocket)
      else reject(error)
    })
  })
}
