import type { Entry, HardState } from '../core/types.ts'
import { clusterIdOf, peerIdOf } from './cluster-id.ts'
import type { PeerAddress } from './configuration.ts'
import type { Disk } from './disk.ts'
import { formatStore, type Bootstrap } from './format-store.ts'
import type { LogStore } from './log-store.ts'
import { openStore, type OpenedStore, type StoreOptions } from './open-store.ts'

const initial = ['a', 'b', 'c'].map((name, at) => ({ name, address: `127.0.0.1:740${at}` }))

/** The cluster that tests of the store belong to: peers a, b and c. */
export const clusterId = clusterIdOf({ peers: initial, token: 'test' })
export const peers: readonly PeerAddress[] = initial.map(({ name, address }) => ({
  id: peerIdOf({ clusterId, name }),
  name,
  address,
}))
export const self = peers[0]!.id
export const bootstrap: Bootstrap = { clusterId, self, peers, nonce: '0011223344556677' }

/** Opens the store of peer a; a failed write throws in the test unless it says otherwise. */
export async function open(disk: Disk, options: Partial<StoreOptions> = {}): Promise<OpenedStore> {
  const fail = (reason: string) => {
    throw new Error(`the store failed: ${reason}`)
  }
  return openStore(disk, { clusterId, self, appliedIndex: 0, run: 'run', fail, ...options })
}

/** Opens it and expects it to be healthy. */
export async function openHealthy(disk: Disk, options: Partial<StoreOptions> = {}): Promise<LogStore> {
  const opened = await open(disk, options)
  if (opened.kind !== 'healthy') throw new Error(`not healthy: ${JSON.stringify(opened)}`)
  return opened.store
}

/** Makes it first. */
export async function openNew(disk: Disk, options: Partial<StoreOptions> = {}): Promise<LogStore> {
  await formatStore(disk, bootstrap)
  return openHealthy(disk, options)
}

/** Entries of one term whose data tells index and term. */
export function entriesOf(range: { readonly from: number; readonly to: number; readonly term: number }): Entry[] {
  const { from, to, term } = range
  return Array.from({ length: to - from + 1 }, (_, at) => ({
    index: from + at,
    term,
    type: 'normal',
    data: Buffer.from(`entry ${from + at} of term ${term}`),
  }))
}

/** Appends and waits until it is durable. */
export async function appendDurably(
  store: LogStore,
  write: { readonly entries?: readonly Entry[]; readonly hardState?: HardState },
): Promise<void> {
  const { entries = [], hardState } = write
  await new Promise<void>((durable) => {
    store.append({ entries, hardState, durable })
  })
}

/** All entries that the store gives, as text. */
export function contentOf(store: LogStore): string[] {
  const entries = []
  for (let index = store.firstIndex(); index <= store.lastIndex(); index++) {
    const [entry] = store.entries(index, index + 1, 1)
    entries.push(
      `${entry!.index}/${entry!.term} ${entry!.type === 'normal' ? Buffer.from(entry!.data).toString() : ''}`,
    )
  }
  return entries
}
