import { trivetError } from '../lib/errors.ts'
import type { ListenAddress } from './listen-address.ts'
import { formatAddress, parseListenAddress, requireLoopback } from './listen-address.ts'

/** More voters make a quorum slower, not safer (Raft thesis §11.7). */
export const initialPeersMax = 9

/** One peer of a new quorum. */
export interface InitialPeer {
  readonly name: string
  readonly address: ListenAddress
}

/** What a peer may be called: it stands in addresses, file names and logs. */
export function isPeerName(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)
}

/** Reads `a=host:port,b=host:port`. Throws CONFIG_INVALID with the origin of the setting. */
export function parseInitialPeers(origin: string, text: string): readonly InitialPeer[] {
  const refuse = (reason: string): never => {
    throw trivetError('CONFIG_INVALID', { where: origin, reason })
  }
  const peers = text.split(',').map((part): InitialPeer => {
    const at = part.indexOf('=')
    const name = part.slice(0, Math.max(at, 0)).trim()
    if (at < 0 || !isPeerName(name)) return refuse(`${JSON.stringify(part)} is not NAME=HOST:PORT`)
    const address = parseListenAddress(origin, part.slice(at + 1).trim())
    if (address.port === 0) return refuse(`${name} has port 0; the others have to know its port`)
    requireLoopback(origin, address)
    return { name, address }
  })
  if (peers.length > initialPeersMax) refuse(`${peers.length} peers; ${initialPeersMax} at most`)
  for (const fact of [(peer: InitialPeer) => peer.name, (peer: InitialPeer) => formatAddress(peer.address)]) {
    const twice = peers.map(fact).find((value, index, all) => all.indexOf(value) !== index)
    if (twice !== undefined) refuse(`${twice} stands there twice`)
  }
  return peers
}

/** Which of the peers this one is: by its name, or by where it listens. Throws CONFIG_INVALID. */
export function selfAmong(
  peers: readonly InitialPeer[],
  self: { readonly name: string | undefined; readonly nameOrigin: string; readonly listen: ListenAddress },
): InitialPeer {
  const names = peers.map((peer) => peer.name).join(', ')
  const { name, nameOrigin, listen } = self
  if (name !== undefined) {
    const named = peers.find((peer) => peer.name === name)
    if (named !== undefined) return named
    throw trivetError('CONFIG_INVALID', { where: nameOrigin, reason: `${name} is not among ${names}` })
  }
  const found = peers.find((peer) => formatAddress(peer.address) === formatAddress(listen))
  if (found !== undefined) return found
  throw trivetError('CONFIG_INVALID', {
    where: '--initial-peers',
    reason: `none of ${names} listens at ${formatAddress(listen)}; say which this is with --name`,
  })
}
