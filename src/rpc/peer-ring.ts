import { connectivityState } from '@grpc/grpc-js'
import { Health } from '../gen/grpc/health/v1/health_pb.ts'
import { isTrivetError, trivetError } from '../lib/errors.ts'
import { openChannel, type RpcChannel } from './channel.ts'
import { createClient } from './client.ts'
import { connectTimeoutMs } from './failover-policy.ts'
import { wireErrorOf } from './remote-error.ts'

/** The addresses of a cluster, one of which is asked until it fails. All calls share the choice. */
export class PeerRing {
  readonly addresses: readonly string[]
  readonly #channels: readonly RpcChannel[]
  #current = 0
  #contacted = false

  /** Throws RangeError for an empty list. */
  constructor(addresses: readonly string[]) {
    if (addresses.length === 0) throw new RangeError('a cluster has at least one address')
    this.addresses = addresses
    this.#channels = addresses.map(openChannel)
  }

  get current(): RpcChannel {
    return this.#channels[this.#current]!
  }

  /** Whether any address has ever answered. */
  get contacted(): boolean {
    return this.#contacted
  }

  /** Goes on to the next address, unless another call has done so already. */
  moveOnFrom(channel: RpcChannel): void {
    if (this.current === channel) this.#current = (this.#current + 1) % this.#channels.length
  }

  /**
   * Makes sure that the channel is connected before something is sent that must not be sent in vain: what fails here
   * has certainly not reached anybody. A new connection is tried with a health check, because it gives the reason of a
   * failure; any answer will do. Throws UNREACHABLE, or CANCELLED.
   */
  async connect(
    channel: RpcChannel,
    limits: { readonly leftMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    const ready = channel.grpc.getChannel().getConnectivityState(false) === connectivityState.READY
    if (!ready) await probe(channel, { ...limits, leftMs: Math.min(limits.leftMs, connectTimeoutMs) })
    this.#contacted = true
  }

  close(): void {
    for (const channel of this.#channels) channel.close()
  }
}

async function probe(
  channel: RpcChannel,
  { leftMs, signal }: { readonly leftMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  try {
    await createClient(Health, channel).check({}, { timeoutMs: leftMs, signal })
  } catch (error) {
    if (wireErrorOf(error) !== undefined) return
    if (isTrivetError(error, 'DEADLINE_EXCEEDED')) {
      const reason = `no connection within ${leftMs} ms`
      throw trivetError('UNREACHABLE', { address: channel.address, reason }, { cause: error })
    }
    if (isTrivetError(error, 'UNREACHABLE') || isTrivetError(error, 'CANCELLED')) throw error
    // METHOD_UNKNOWN and the like: somebody answered, and the call itself will say what is wrong.
  }
}
