import { once } from 'node:events'
import { createServer } from 'node:net'
import { trivetError } from '../lib/errors.ts'
import { listenReason } from '../lib/system-reasons.ts'
import type { ListenAddress } from './listen-address.ts'
import { formatAddress } from './listen-address.ts'

/**
 * Throws LISTEN_FAILED if this peer could not listen there: the listener for nodes opens late, and who starts a peer
 * should not have to wait for that to learn that its address is taken. A node that comes in this very moment is refused
 * as if nobody listened.
 */
export async function requireFree(address: ListenAddress): Promise<void> {
  if (address.port === 0) return
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen({ host: address.host, port: address.port, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    throw listenFailed(address, error)
  }
  const closed = once(server, 'close')
  server.close()
  await closed
}

/** The error of a listener that did not open. */
export function listenFailed(address: ListenAddress, error: unknown) {
  return trivetError(
    'LISTEN_FAILED',
    { address: formatAddress(address), reason: listenReason(error) },
    { cause: error },
  )
}
