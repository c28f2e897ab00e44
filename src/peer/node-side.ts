import type { Logger } from 'pino'
import { BootHttp } from '../boot-http/boot-http.ts'
import { version } from '../cli/version.ts'
import { EvidenceService, PresenceService } from '../gen/trivet/peer/v1/peer_pb.ts'
import type { Kernel } from '../services/kernel/kernel.ts'
import type { Replica } from '../state/replica.ts'
import { askUntilConfirmed } from './boot-gate.ts'
import type { Cluster } from './cluster.ts'
import type { Config } from './config.ts'
import type { Confirmation } from './confirmation.ts'
import { formatAddress } from './listen-address.ts'
import { NodeListener } from './node-listener.ts'
import { pause } from './pause.ts'
import { sayWhere } from './say-where.ts'

/** How long a write of the peer's own may take. */
const ownWriteTimeoutMs = 5_000
const reportTimeoutMs = 4_000

/** What the side for nodes stands on. */
export interface NodeSidePorts {
  readonly config: Pick<Config, 'nodeListen' | 'nodeUrl'>
  readonly self: Cluster['self']
  readonly replica: Replica
  readonly confirmation: Confirmation
  readonly ownWrite: Kernel['ownWrite']
  /** Where the other listeners are. */
  readonly addresses: () => { readonly api: string; readonly admin: string }
  readonly logger: Logger
  /** Told whenever the listener opened or closed. */
  readonly changed: () => void
  /** Its log is being repaired: it must not answer anybody, even if nobody leads. */
  readonly isRepairing: () => boolean
  /** Aborts when this peer answers no node any more. */
  readonly unfit: AbortSignal
}

/** This peer as nodes know it: when it listens for them, what they are answered, and where the others say that it is. */
export class NodeSide {
  readonly #ports: NodeSidePorts
  readonly listener: NodeListener

  constructor(ports: NodeSidePorts) {
    this.#ports = ports
    this.listener = new NodeListener({
      make: () => this.#makeBootHttp(),
      address: ports.config.nodeListen,
      changed: ports.changed,
      failed: (reason) => ports.logger.error({ reason }, 'the listener for nodes does not open'),
      pause,
    })
  }

  /** Opens the listener when this peer may answer nodes, and says where it is reached. Ends when that is known. */
  async run(): Promise<void> {
    await Promise.all([this.#openWhenFit(), this.#announce()])
  }

  async #announce(): Promise<void> {
    const bound = await this.listener.opened
    if (bound === undefined) return
    const { config, self, logger, unfit } = this.#ports
    logger.info({ node: formatAddress(bound) }, 'the listener for nodes is open')
    const nodeUrl = config.nodeUrl ?? `http://${formatAddress(bound)}`
    const { api: apiAddress, admin: adminAddress } = this.#ports.addresses()
    const report = { id: self.id, name: self.name, nodeUrl, apiAddress, adminAddress, release: version() }
    await sayWhere({
      say: () => this.#ports.ownWrite(PresenceService.method.reportPeer, report, ownWriteTimeoutMs),
      failed: (error) => logger.warn({ err: error }, 'could not say yet where this peer is reached'),
      pause,
      signal: unfit,
    })
  }

  async #openWhenFit(): Promise<void> {
    const { confirmation, replica, unfit } = this.#ports
    const openings: Promise<void>[] = []
    const open = (ground: string): void => {
      this.#ports.logger.info({ ground }, 'this peer may answer nodes')
      openings.push(this.listener.open())
    }
    const isConfirmed = await askUntilConfirmed({
      linearizable: (timeoutMs) => confirmation.linearizable(timeoutMs),
      isExcused: () => replica.leader === '' && !this.#ports.isRepairing(),
      leaderless: () => open('leaderless'),
      monotonicMs: () => performance.now(),
      pause: (ms) => pause(ms, unfit),
      signal: unfit,
    })
    if (isConfirmed) open('confirmed')
    await Promise.all(openings)
  }

  #makeBootHttp(): BootHttp {
    const { replica, confirmation, ownWrite, logger } = this.#ports
    return new BootHttp({
      reader: () => replica.reader(),
      linearizable: (timeoutMs) => confirmation.linearizable(timeoutMs),
      freshness: () => ({ appliedIndex: replica.appliedIndex, ageMs: confirmation.ageMs }),
      reportFetches: (fetches) => {
        const report = { fetches: fetches.map(({ timeMs, ...fetch }) => ({ ...fetch, timeMs: BigInt(timeMs) })) }
        return ownWrite(EvidenceService.method.reportFetches, report, ownWriteTimeoutMs)
      },
      reportBoot: (report) => ownWrite(EvidenceService.method.reportBoot, report, reportTimeoutMs),
      audit: (message, facts) => logger.warn(facts, message),
    })
  }
}
