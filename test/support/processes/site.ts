import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DescService } from '@bufbuild/protobuf'
import type { GetPeerStatusResponse } from '../../../src/gen/trivet/operator/v1/operator_pb.ts'
import { OperatorService } from '../../../src/gen/trivet/operator/v1/operator_pb.ts'
import { openChannel } from '../../../src/rpc/channel.ts'
import type { ServiceClient } from '../../../src/rpc/client.ts'
import { createClient } from '../../../src/rpc/client.ts'
import type { ClusterConnection, FailoverClient } from '../../../src/rpc/failover-client.ts'
import { connectCluster } from '../../../src/rpc/failover-client.ts'
import { Cli } from './cli.ts'
import { askClusterTime } from './cluster-time.ts'
import type { PeerAddresses } from './free-addresses.ts'
import { freeAddresses } from './free-addresses.ts'
import type { PeerOptions } from './peer-process.ts'
import { PeerProcess } from './peer-process.ts'
import { makeQuorum } from './quorum.ts'
import { RoomProcess } from './room-process.ts'
import { until } from './until.ts'
import type { Workspace } from './workspace.ts'
import { makeWorkspace } from './workspace.ts'

/** What a test works with. */
export interface SiteOptions {
  /** Part of the directory's name. */
  readonly purpose: string
  /** Names of the peers of a quorum; one peer that stands alone when absent. */
  readonly peers?: readonly string[]
  /** A room, with these arguments beside its number of nodes; none when absent. */
  readonly room?: { readonly nodes: number; readonly args?: readonly string[] }
  /** Settings of every peer. */
  readonly settings?: Readonly<Record<string, string>>
  /** Settings of one peer of a quorum. */
  readonly settingsOf?: (peer: PeerAddresses) => Readonly<Record<string, string>>
  /** Another composition root of the peers. */
  readonly root?: PeerOptions['root']
}

/** Peers, a room, and clients of both, all in one temporary directory. */
export class Site {
  readonly workspace: Workspace
  readonly peers: readonly PeerProcess[]
  readonly #room: RoomProcess | undefined
  readonly #connections: { close(): void }[] = []
  readonly #all: ClusterConnection

  private constructor(workspace: Workspace, peers: readonly PeerProcess[], room: RoomProcess | undefined) {
    this.workspace = workspace
    this.peers = peers
    this.#room = room
    this.#all = this.connect(peers)
  }

  /** Makes the directory and the room; starts the peers and waits until they are ready, unless `start` is false. */
  static async make(options: SiteOptions & { readonly start?: boolean }): Promise<Site> {
    const workspace = await makeWorkspace(options.purpose)
    const { peers: names, settings = {}, settingsOf, root } = options
    const peers =
      names === undefined
        ? [await makeLone(workspace, settings, root)]
        : await makeQuorum({ workspace, names, settings, ...(settingsOf && { settingsOf }), root })
    const room = options.room === undefined ? undefined : await startRoom(workspace, options.room)
    const site = new Site(workspace, peers, room)
    if (options.start === false) return site
    try {
      await Promise.all(peers.map((peer) => peer.start()))
      await Promise.all(peers.map((peer) => peer.ready(120_000)))
      await room?.forwardTo(peers.map(({ addresses }) => addresses.node))
      return site
    } catch (error) {
      await site.stop({ keep: true })
      throw error
    }
  }

  get room(): RoomProcess {
    if (this.#room === undefined) throw new Error('this site has no room')
    return this.#room
  }

  peer(name: string): PeerProcess {
    const found = this.peers.find((peer) => peer.name === name)
    if (found === undefined) throw new Error(`no peer ${name}`)
    return found
  }

  /** A connection that tries these peers in this order, as every client of the API does. */
  connect(peers: readonly PeerProcess[]): ClusterConnection {
    const addresses = peers.map((peer) => peer.addresses.api)
    const connection = connectCluster({ addresses, askClusterTime })
    this.#connections.push(connection)
    return connection
  }

  /** A client that goes on at another peer when one does not answer. */
  client<Service extends DescService>(service: Service): FailoverClient<Service> {
    return this.#all.client(service)
  }

  /** A client of one peer, which tries nothing again. */
  clientOf<Service extends DescService>(peer: PeerProcess, service: Service): ServiceClient<Service> {
    const channel = openChannel(peer.addresses.api)
    this.#connections.push(channel)
    return createClient(service, channel)
  }

  /** The CLI, as somebody in the workspace uses it. */
  cli(peers: readonly PeerProcess[] = this.peers): Cli {
    const server = peers.map(({ addresses }) => addresses.api).join(',')
    return new Cli({ cwd: this.workspace.path, server })
  }

  /** What a peer says of itself now. */
  async statusOf(peer: PeerProcess): Promise<GetPeerStatusResponse> {
    const channel = openChannel(peer.addresses.api)
    try {
      return await createClient(OperatorService, channel).getPeerStatus({}, { timeoutMs: 2_000 })
    } finally {
      channel.close()
    }
  }

  /** The peer that says itself that it leads. */
  async leader(among: readonly PeerProcess[] = this.peers): Promise<PeerProcess> {
    return until(
      'a peer leads',
      async () => {
        for (const peer of among.filter(({ alive }) => alive)) {
          const { leaderId, peer: self } = await this.statusOf(peer)
          if (leaderId !== '' && leaderId === self?.id) return peer
        }
        return undefined
      },
      { timeoutMs: 60_000 },
    )
  }

  /** Waits until these peers have applied the same revision, and compares their state hashes there. */
  async agreed(peers: readonly PeerProcess[] = this.peers): Promise<{ revision: number; stateHash: string }> {
    return until(
      `${peers.map(({ name }) => name).join(', ')} agree`,
      async () => {
        const statuses = await Promise.all(peers.map((peer) => this.statusOf(peer)))
        const revisions = new Set(statuses.map(({ revision }) => Number(revision)))
        const hashes = new Set(statuses.map(({ stateHash }) => stateHash))
        if (revisions.size > 1) throw new Error(`they stand at revisions ${[...revisions].join(', ')}`)
        if (hashes.size > 1) throw new Error(`at revision ${[...revisions][0]} they have ${[...hashes].join(', ')}`)
        return { revision: [...revisions][0]!, stateHash: [...hashes][0]! }
      },
      { timeoutMs: 60_000 },
    )
  }

  /** Starts a peer again and waits until it is ready. */
  async restart(peer: PeerProcess): Promise<void> {
    await peer.start()
    await peer.ready(120_000)
  }

  /** Ends everything; removes the directory unless it is to be kept. */
  async stop(options: { readonly keep: boolean }): Promise<void> {
    for (const connection of this.#connections) connection.close()
    await Promise.allSettled([...this.peers.map((peer) => peer.stop()), this.#room?.stop()])
    if (options.keep) process.stderr.write(`logs and data are kept in ${this.workspace.path}\n`)
    else await rm(this.workspace.path, { recursive: true, force: true })
  }
}

/** One peer that stands alone, not started. */
export async function makeLone(
  workspace: Workspace,
  settings: Readonly<Record<string, string>> = {},
  root?: PeerOptions['root'],
): Promise<PeerProcess> {
  const [addresses] = await freeAddresses(['alone'])
  return new PeerProcess({
    addresses: addresses!,
    dataDir: join(workspace.path, 'alone'),
    logFile: join(workspace.path, 'alone.log'),
    settings: { 'bmc-networks': '127.0.0.0/8', ...settings },
    root,
  })
}

function startRoom(workspace: Workspace, room: NonNullable<SiteOptions['room']>): Promise<RoomProcess> {
  return RoomProcess.start({
    nodes: room.nodes,
    seed: 1,
    withFailure: false,
    password: workspace.password,
    logFile: join(workspace.path, 'room.log'),
    args: ['--refuse-twice', '0', ...(room.args ?? [])],
  })
}
