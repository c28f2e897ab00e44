import { createHash } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import type { Examination, PeerAddress } from '../../raft/index.ts'
import { examineStore, nodeDisk } from '../../raft/index.ts'
import { markKey } from '../../state/storage/keys.ts'
import { LevelKeyValue } from '../../state/storage/level-key-value.ts'
import { decodeMark } from '../../state/storage/records.ts'

/** What one data directory holds. Plain values: it goes into the plan. */
export interface Collected {
  readonly directory: string
  /** '' if it cannot be read. */
  readonly clusterId: string
  readonly peerId: string
  readonly peerName: string
  readonly formatEpoch: number
  readonly incarnation: string
  /** End of the log as far as it is whole; 0 if nothing of it can be read. */
  readonly lastIndex: number
  readonly lastTerm: number
  readonly lastChain: string
  /** Of the last transaction up to there. */
  readonly lastRevision: number
  /** Why the log ends there; '' if that is its end. */
  readonly damage: string
  /** An entry with this index, and a transaction with this revision, were here once. */
  readonly knownIndex: number
  readonly knownRevision: number
  readonly knownTerm: number
  /** The peers of the configuration in its log. */
  readonly peers: readonly PeerAddress[]
}

/** Reads a data directory by a copy, so that nothing in it changes. The caller removes the copy. */
export async function collect(directory: string): Promise<{ readonly collected: Collected; readonly copy: string }> {
  const copy = await mkdtemp(join(tmpdir(), 'trivet-recovery-'))
  try {
    for (const part of ['raft', 'state']) {
      const isEvidence = (path: string) => /\.(damaged|new)$/.test(basename(path))
      await cp(join(directory, part), join(copy, part), {
        recursive: true,
        filter: (path) => !isEvidence(path),
      }).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      })
    }
    const examination = await examineStore(nodeDisk(copy))
    const applied = await appliedIn(join(copy, 'state'))
    return { collected: collectedOf(directory, examination, applied), copy }
  } catch (error) {
    await rm(copy, { recursive: true, force: true })
    throw error
  }
}

interface Applied {
  readonly index: number
  readonly revision: number
}

/** How far the state had applied the log, as far as that can be read. */
async function appliedIn(directory: string): Promise<Applied> {
  try {
    const keyValue = await LevelKeyValue.open(directory, { create: false })
    try {
      const record = await keyValue.get(markKey)
      const mark = record === undefined ? undefined : decodeMark(record)
      return { index: Number(mark?.index ?? 0), revision: Number(mark?.revision ?? 0) }
    } finally {
      await keyValue.close()
    }
  } catch {
    // A state that cannot be read says nothing: it is made anew from the log in any case.
    return { index: 0, revision: 0 }
  }
}

function collectedOf(directory: string, examination: Examination, applied: Applied): Collected {
  const { identity, last, lastData, damage, peers, knownIndex, knownTerm } = examination
  const lastRevision = lastData === undefined ? 0 : lastRevisionOf(lastData)
  return {
    directory,
    clusterId: identity?.clusterId ?? '',
    peerId: identity?.peerId ?? '',
    peerName: identity?.peerName ?? '',
    formatEpoch: identity?.formatEpoch ?? 0,
    incarnation: identity?.incarnation ?? '',
    lastIndex: last?.index ?? 0,
    lastTerm: last?.term ?? 0,
    lastChain: last === undefined ? '' : Buffer.from(last.chain).toString('hex'),
    lastRevision,
    damage,
    knownIndex: Math.max(knownIndex, applied.index),
    knownRevision: Math.max(lastRevision, applied.revision),
    knownTerm,
    peers,
  }
}

function lastRevisionOf(data: Uint8Array): number {
  const { firstRevision, transactions } = fromBinary(EntrySchema, data)
  return Number(firstRevision) + transactions.length - 1
}

/** Tells whether a directory still holds what it held. */
export function digestOf(all: readonly Collected[]): string {
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 32)
}
