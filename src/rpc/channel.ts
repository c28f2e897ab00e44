import { Client, credentials } from '@grpc/grpc-js'
import { clientOptions } from './channel-options.ts'

/** One connection to one address. It connects with its first call and again after a loss, and is closed by its owner. */
export interface RpcChannel {
  readonly address: string
  readonly grpc: Client
  /** Takes no new calls. Those that are open run on, and keep the connection until they end. */
  close(): void
}

/** A channel to `host:port`. Nothing is sent before the first call. */
export function openChannel(address: string): RpcChannel {
  const grpc = new Client(address, credentials.createInsecure(), clientOptions)
  return { address, grpc, close: () => grpc.close() }
}
