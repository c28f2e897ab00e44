import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { fetchScript } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import type { Site } from '../support/processes/site.ts'

const hostnamePrefix = 'version-'

/**
 * A node that is changed again and again, so that whatever is read of it tells which version it is of: its host name
 * carries the number, and every version has a boot script of its own.
 */
export class VersionedNode {
  readonly xname: string
  readonly mac: string
  readonly #site: Site
  /** By the SHA-256 of their scripts. */
  readonly #versions = new Map<string, number>()
  #acknowledged = 0

  constructor(site: Site) {
    const { xname, mac } = site.room.info.bmcs[0]!.nodes[0]!
    this.#site = site
    this.xname = xname
    this.mac = mac
  }

  /** The newest version whose write has been acknowledged: nobody who asks now may be told of an older one. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Makes the next version through one of these peers, and keeps its script in mind. */
  async change(peers: readonly PeerProcess[]): Promise<void> {
    const version = this.#acknowledged + 1
    const inventory = this.#site.connect(peers).client(InventoryService)
    await inventory.updateNode({ node: this.xname, hostname: `${hostnamePrefix}${version}` }, { timeoutMs: 30_000 })
    this.#acknowledged = version
    const { sha256, stale } = await fetchScript(peers[0]!, this.mac)
    if (stale) throw new Error(`peer ${peers[0]!.name} is not in contact with the leader`)
    const older = this.#versions.get(sha256)
    if (older !== undefined) throw new Error(`versions ${older} and ${version} have the same script`)
    this.#versions.set(sha256, version)
  }

  /** Of which version a host name is. */
  versionOfHostname(hostname: string): number {
    if (!hostname.startsWith(hostnamePrefix)) throw new Error(`${hostname} is no host name of ours`)
    return Number(hostname.slice(hostnamePrefix.length))
  }

  /** Of which version a script is. */
  versionOfScript(sha256: string): number {
    const version = this.#versions.get(sha256)
    if (version === undefined) throw new Error('a script of no version of the node')
    return version
  }
}
