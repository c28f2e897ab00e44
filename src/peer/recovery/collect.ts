import { createHash } from 'node:crypto'
import { access, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { Examination, PeerAddress, Position } from '../../raft/index.ts'
import { examineStore, nodeDisk } from '../../raft/index.ts'
import { nodeStateDirectories } from '../../state/storage/node-state-directories.ts'
import { collectState, type CollectedState } from './collect-state.ts'
import { recoveryNames } from './names.ts'

/** What one data directory holds. Plain values: it goes into the plan. */
export interface Collected {
  readonly directory: string
  /** '' if it cannot be read. */
  readonly clusterId: string
  readonly peerId: string
  readonly peerName: string
  readonly formatEpoch: number
  readonly incarnation: string
  /** The entry that the log begins behind; 0 if it was never cut. */
  readonly truncationIndex: number
  /** End of the log as far as it is whole; 0 if nothing of it can be read. */
  readonly lastIndex: number
  readonly lastTerm: number
  readonly lastChain: string
  /** Of the last transaction in the log up to there; 0 if there is none in it. */
  readonly lastRevision: number
  /** Why the log ends there; '' if that is its end. */
  readonly damage: string
  /** The entries at which the state of anybody stands, as far as this log has them. */
  readonly points: readonly LogPlace[]
  readonly state: CollectedState
  /** An entry with this index was here once. */
  readonly knownIndex: number
  readonly knownTerm: number
  /** The peers of the configuration in its log. */
  readonly peers: readonly PeerAddress[]
}

/** An entry, and in hexadecimal digits what stands for all before it. */
export interface LogPlace {
  readonly index: number
  readonly term: number
  readonly chain: string
}

/** What all data directories hold, in their order, and the copies that it was read from: these may be changed. */
export interface Collection {
  readonly all: readonly Collected[]
  readonly copies: readonly string[]
}

/**
 * Reads data directories by copies, so that nothing in them changes; the copies are gone when `use` has ended. Throws
 * RECOVERY_REFUSED for one in which a recovery was interrupted.
 */
export async function withCollection<Result>(
  directories: readonly string[],
  use: (collection: Collection) => Promise<Result>,
): Promise<Result> {
  const copies: string[] = []
  try {
    const states: CollectedState[] = []
    for (const directory of directories) {
      const copy = await mkdtemp(join(tmpdir(), 'trivet-recovery-'))
      copies.push(copy)
      states.push(await copyAndReadState(directory, copy))
    }
    const indexes = states.map(({ index }) => index)
    const all: Collected[] = []
    for (const [at, directory] of directories.entries()) {
      all.push(collectedOf(directory, await examineStore(nodeDisk(copies[at]!), { indexes }), states[at]!))
    }
    return await use({ all, copies })
  } finally {
    for (const copy of copies) await rm(copy, { recursive: true, force: true })
  }
}

async function copyAndReadState(directory: string, copy: string): Promise<CollectedState> {
  const isUnfinished = await access(join(directory, recoveryNames.complete)).then(
    () => true,
    () => false,
  )
  if (isUnfinished) {
    const reason = `a recovery was interrupted in ${directory}: apply the plan of that one again, which ends it`
    throw trivetError('RECOVERY_REFUSED', { reason })
  }
  const state = await nodeStateDirectories(directory).current()
  for (const part of ['raft', ...(state === undefined ? [] : [state]), 'damaged']) {
    await cp(join(directory, part), join(copy, part), {
      recursive: true,
      filter: (path) => !isOfNoUse(basename(path)),
    }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    })
  }
  return collectState(copy, state)
}

/** Kept for analysis, unfinished, or a snapshot that was never installed. */
const isOfNoUse = (name: string) => /\.(damaged|new)$|^snapshot\./.test(name)

function collectedOf(directory: string, examination: Examination, state: CollectedState): Collected {
  const { identity, truncation, last, lastData, points, damage, peers, knownIndex, knownTerm } = examination
  return {
    directory,
    clusterId: identity?.clusterId ?? '',
    peerId: identity?.peerId ?? '',
    peerName: identity?.peerName ?? '',
    formatEpoch: identity?.formatEpoch ?? 0,
    incarnation: identity?.incarnation ?? '',
    truncationIndex: truncation?.index ?? 0,
    lastIndex: last?.index ?? 0,
    lastTerm: last?.term ?? 0,
    lastChain: last === undefined ? '' : placeOf(last).chain,
    lastRevision: lastData === undefined ? 0 : lastRevisionOf(lastData),
    damage,
    points: points.map(placeOf),
    state,
    knownIndex: Math.max(knownIndex, state.index),
    knownTerm: Math.max(knownTerm, state.term),
    peers,
  }
}

function placeOf({ index, term, chain }: Position): LogPlace {
  return { index, term, chain: Buffer.from(chain).toString('hex') }
}

function lastRevisionOf(data: Uint8Array): number {
  const { firstRevision, transactions } = fromBinary(EntrySchema, data)
  return Number(firstRevision) + transactions.length - 1
}

/** Tells whether a directory still holds what it held. */
export function digestOf(all: readonly Collected[]): string {
  return createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 32)
}
