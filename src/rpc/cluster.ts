import type { ReadonlyMetadata } from './call-context.ts'
import type { RpcChannel } from './channel.ts'
import type { CallOptions } from './call-options.ts'
import { ClusterClock, clusterTimeIn, type ClusterTime } from './cluster-time.ts'
import { PeerRing } from './peer-ring.ts'

/** How to reach a cluster. */
export interface ClusterOptions {
  /** `host:port` of some or all of its peers, in order of preference. */
  readonly addresses: readonly string[]
  /** Asks one peer for log time and incarnation; used when no answer has told them lately. */
  readonly askClusterTime: (channel: RpcChannel, options: CallOptions) => Promise<ClusterTime>
  /** Told of each try that failed and is followed by another. */
  readonly onRetry?: (failed: FailedTry) => void
}

/** A try that failed and is followed by another. */
export interface FailedTry {
  /** Whom it asked. */
  readonly address: string
  /** The name of the method. */
  readonly method: string
  readonly error: unknown
}

/** What the calls to one cluster share: its peers and its time. */
export class Cluster {
  readonly peers: PeerRing
  readonly onRetry: (failed: FailedTry) => void
  readonly #ask: ClusterOptions['askClusterTime']
  readonly #clock = new ClusterClock()

  constructor({ addresses, askClusterTime, onRetry }: ClusterOptions) {
    this.peers = new PeerRing(addresses)
    this.onRetry = onRetry ?? ((): void => undefined)
    this.#ask = askClusterTime
  }

  /** The cluster's time, asked for through this channel when it is not known. */
  async time(channel: RpcChannel, options: CallOptions): Promise<ClusterTime> {
    const known = this.#clock.time
    if (known !== undefined) return known
    const time = await this.#ask(channel, options)
    this.#clock.tell(time)
    return time
  }

  /** Takes the time that an answer tells. */
  readonly learn = (metadata: ReadonlyMetadata): void => {
    const time = clusterTimeIn(metadata)
    if (time !== undefined) this.#clock.tell(time)
  }

  close(): void {
    this.peers.close()
  }
}
