import { layout } from '../store/disk.ts'
import type { MadeSnapshot, Member } from './port.ts'
import type { LogPoint } from './port.ts'
import type { VirtualPeer } from './virtual-cluster.ts'

const arrivedPath = `${layout.directory}/${layout.snapshotArrived}`

interface Content {
  readonly point: Omit<LogPoint, 'chain' | 'configuration'> & { readonly chain: string; readonly configuration: string }
  readonly applied: readonly string[]
}

/** What the main thread of a virtual peer does when a snapshot is wanted: its state is what it has applied. */
export async function makeVirtualSnapshot(peer: VirtualPeer, member: Member, id: string): Promise<void> {
  const applied = [...peer.applied]
  const point = await member.logPoint(applied.length - 1)
  if (point === undefined) return member.snapshotMade(undefined)
  const { index, term } = point
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const content: Content = {
    point: { index, term, chain: hex(point.chain), configuration: hex(point.configuration) },
    applied,
  }
  const bytes = Buffer.from(JSON.stringify(content))
  const name = `made-${id}`
  await peer.disk.files.replace(name, bytes)
  const made: MadeSnapshot = { id, index, term, sizeBytes: bytes.length, file: name }
  member.snapshotMade(made)
}

/** What its start does: a snapshot that has arrived becomes the state. Gives where the log has to go on. */
export async function installVirtualSnapshot(peer: VirtualPeer): Promise<LogPoint | undefined> {
  const bytes = await peer.disk.files.read(arrivedPath)
  if (bytes === undefined) return undefined
  const { point, applied } = JSON.parse(Buffer.from(bytes).toString()) as Content
  peer.applied.length = 0
  peer.applied.push(...applied.map((entry) => entry ?? undefined))
  const { index, term, chain, configuration } = point
  return { index, term, chain: Buffer.from(chain, 'hex'), configuration: Buffer.from(configuration, 'hex') }
}
