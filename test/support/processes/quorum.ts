import { join } from 'node:path'
import type { PeerAddresses } from './free-addresses.ts'
import { freeAddresses } from './free-addresses.ts'
import type { PeerOptions } from './peer-process.ts'
import { PeerProcess } from './peer-process.ts'
import type { Workspace } from './workspace.ts'

/** The peers of one quorum, none of them started: data and logs in the workspace, BMCs on loopback. */
export async function makeQuorum(options: {
  readonly workspace: Workspace
  readonly names: readonly string[]
  /** Settings of `trivet serve` beside those that every quorum of a workspace has. */
  readonly settings?: Readonly<Record<string, string>>
  /** Settings of one peer. */
  readonly settingsOf?: (peer: PeerAddresses) => Readonly<Record<string, string>>
  readonly root?: PeerOptions['root']
}): Promise<readonly PeerProcess[]> {
  const { workspace, names, settings, settingsOf, root } = options
  const addresses = await freeAddresses(names)
  const initialPeers = addresses.map(({ name, peer }) => `${name}=${peer}`).join(',')
  return addresses.map(
    (of) =>
      new PeerProcess({
        addresses: of,
        dataDir: join(workspace.path, `peer-${of.name}`),
        logFile: join(workspace.path, `peer-${of.name}.log`),
        settings: {
          'initial-peers': initialPeers,
          'cluster-token': 'demo',
          'seal-key-file': workspace.sealKeyFile,
          'bmc-networks': '127.0.0.0/8',
          ...settings,
          ...settingsOf?.(of),
        },
        root,
      }),
  )
}
