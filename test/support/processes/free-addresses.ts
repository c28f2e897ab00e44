import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Where one peer listens; the same after a restart. */
export interface PeerAddresses {
  readonly name: string
  readonly api: string
  readonly peer: string
  readonly node: string
  readonly admin: string
}

/**
 * Below the ports that systems give to outgoing connections: one of those could have a peer's port while the peer is
 * down, and it could not start again.
 */
const ports = { from: 20_000, to: 32_000 }

/** Four addresses for each peer, at which nobody listens now. */
export async function freeAddresses(names: readonly string[]): Promise<readonly PeerAddresses[]> {
  const free: string[] = []
  while (free.length < names.length * 4) {
    const port = randomInt(ports.from, ports.to)
    const address = `127.0.0.1:${port}`
    if (!free.includes(address) && (await isFree(port))) free.push(address)
  }
  return names.map((name, index) => {
    const [api, peer, node, admin] = free.slice(index * 4)
    return { name, api: api!, peer: peer!, node: node!, admin: admin! }
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
