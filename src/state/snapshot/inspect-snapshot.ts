import { readSnapshot, type ReadAt } from './read-snapshot.ts'
import { formatVersion } from './records.ts'

/** What a snapshot says about itself, once all of it was found to agree. */
export interface SnapshotFacts {
  readonly id: string
  readonly format: number
  readonly sizeBytes: number
  readonly clusterId: string
  readonly incarnation: string
  /** Name of the peer that made it, with its release. */
  readonly peer: string
  readonly release: string
  /** When it was made, by that peer's clock. */
  readonly time: string
  readonly index: number
  readonly term: number
  readonly revision: number
  readonly logTimeMs: number
  readonly stateVersion: number
  /** The newest request id that is refused; '' if none. */
  readonly requestFloor: string
  readonly stateHash: string
  readonly chain: string
  readonly voters: readonly { readonly id: string; readonly name: string; readonly address: string }[]
  /** By table. */
  readonly rows: Readonly<Record<string, number>>
  readonly outcomes: number
}

/** Reads a snapshot to its end. Throws what `readSnapshot` throws. */
export async function inspectSnapshot(file: string, readAt: ReadAt): Promise<SnapshotFacts> {
  const rows = new Map<string, number>()
  let facts: Omit<SnapshotFacts, 'sizeBytes' | 'rows' | 'outcomes'> | undefined
  for await (const part of readSnapshot(file, readAt)) {
    if (part.kind === 'header') {
      const { id, clusterId, peer, release, timeMs, mark, chain, configuration } = part.header
      const voters = new Set(configuration?.voters)
      facts = {
        id,
        format: formatVersion,
        clusterId,
        incarnation: mark.incarnation,
        peer,
        release,
        time: timeOf(timeMs),
        index: Number(mark.index),
        term: Number(mark.term),
        revision: Number(mark.revision),
        logTimeMs: Number(mark.logTimeMs),
        stateVersion: mark.stateVersion,
        requestFloor: mark.requestFloor,
        stateHash: hex(mark.stateHash),
        chain: hex(chain),
        voters: (configuration?.peers ?? [])
          .filter((one) => voters.has(one.id))
          .map(({ id: peerId, name, address }) => ({ id: peerId, name, address })),
      }
    }
    if (part.kind === 'pairs') {
      for (const { key } of part.pairs) {
        const [kind, table] = key.split('/', 2)
        if (kind === 'r') rows.set(table!, (rows.get(table!) ?? 0) + 1)
      }
    }
    if (part.kind === 'end') {
      const { outcomes, sizeBytes } = part
      return { ...facts!, rows: Object.fromEntries(rows), outcomes, sizeBytes }
    }
  }
  throw new Error('a snapshot that was read to its end has one')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function timeOf(timeMs: bigint): string {
  const date = new Date(Number(timeMs))
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString()
}
