import type { Logger } from 'pino'
import { encode } from '../services/kernel/leader-link.ts'
import type { Cluster } from './cluster.ts'
import { pause } from './pause.ts'
import { StorageGuard } from './storage-guard.ts'
import type { StorageLimits, StorageUse } from './storage-room.ts'
import { StorageWatch } from './storage-watch.ts'

/** The disk of this peer, and what it knows of those of the others. */
export class PeerStorage {
  readonly guard: StorageGuard
  readonly #watch: StorageWatch

  constructor(ports: {
    readonly cluster: Pick<Cluster, 'self' | 'peers'>
    readonly dataDir: string
    readonly limits: StorageLimits
    readonly relay: (to: string, payload: Uint8Array) => unknown
    readonly logger: Logger
  }) {
    const { cluster, dataDir, limits, relay, logger } = ports
    this.guard = new StorageGuard({
      self: cluster.self.id,
      voters: cluster.peers,
      tell: (to, reason) => relay(to, encode({ case: 'storageAlarm', value: { reason } })),
    })
    this.#watch = new StorageWatch({
      dataDir,
      limits,
      pause,
      changed: (reason) => {
        this.guard.own(reason)
        if (reason === '') logger.info('there is room on the disk again')
        else logger.error({ reason }, 'there is no room on the disk: only reads and deletions are taken')
      },
    })
  }

  /** Watches the disk until `signal` aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal)
  }

  /** For metrics. */
  figures(): StorageUse & { readonly alarm: boolean } {
    return { ...this.#watch.use, alarm: this.#watch.alarm !== '' }
  }
}
