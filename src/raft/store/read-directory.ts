import { trivetError } from '../../lib/errors.ts'
import type { PeerId } from '../core/types.ts'
import { layout, type Disk } from './disk.ts'
import {
  formatEpoch,
  identityCopyFile,
  identityFile,
  readIdentityFiles,
  type Identity,
  type IdentityReading,
} from './identity.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { windowLimits, type WindowLimits } from './log-window.ts'
import { readLog, type LogReading } from './read-log.ts'
import type { Findings } from './recovery.ts'
import { readWitness, witnessFile, type WitnessReading } from './tail-witness.ts'
import { compareVotes } from './vote-order.ts'
import { readVotes, voteFiles, type VoteReading } from './vote-slots.ts'

/** Whose data directory is expected, and what is known about its log elsewhere. */
export interface Expected {
  readonly clusterId: string
  readonly self: PeerId
  /** What the main thread has applied durably. */
  readonly appliedIndex: number
  readonly windowLimits?: WindowLimits
}

/** Everything that was read of a data directory, before it is judged. */
export interface Readings {
  readonly identity: IdentityReading
  readonly log: LogReading | { readonly kind: 'absent' }
  readonly vote: VoteReading
  readonly witness: WitnessReading
  /** Open, and the caller's to close. */
  readonly keyValue: KeyValue | undefined
}

/**
 * Reads everything of a data directory and changes nothing, but that LevelDB puts its own files in order.
 * Throws DATA_DIRECTORY_LOCKED and DATA_FORMAT_UNKNOWN.
 */
export async function readDirectory(disk: Disk, expected: Expected): Promise<Readings> {
  const path = (name: string) => `${layout.directory}/${name}`
  const identity = await readIdentityOf(disk)
  const nonce = identity.kind === 'read' ? identity.identity.nonce : ''
  const vote = readVotes([await disk.files.read(path(voteFiles[0])), await disk.files.read(path(voteFiles[1]))], nonce)
  const witness = readWitness(await disk.files.read(path(witnessFile)))
  const rest = { identity, vote, witness, keyValue: undefined }
  if (!(await disk.files.exists(path(layout.log)))) return { ...rest, log: { kind: 'absent' } }
  // LevelDB rewrites its files when it opens them, so only the owner may open it.
  if (identity.kind !== 'read' || !isOwn(identity.identity, expected)) {
    return { ...rest, log: { kind: 'broken', reason: 'the log was not opened' } }
  }
  if (identity.identity.formatEpoch !== formatEpoch) {
    const found = identity.identity.formatEpoch
    throw trivetError('DATA_FORMAT_UNKNOWN', { directory: disk.directory, found, known: formatEpoch })
  }
  let keyValue: KeyValue
  try {
    keyValue = await disk.openKeyValue(path(layout.log), { create: false })
  } catch (error) {
    if (!(error instanceof KeyValueError)) throw error
    if (error.kind === 'locked') {
      throw trivetError('DATA_DIRECTORY_LOCKED', { directory: disk.directory }, { cause: error })
    }
    return { ...rest, log: { kind: 'broken', reason: error.message } }
  }
  const log = await readLog(keyValue, {
    expectations: {
      mustHaveIndex: identity.identity.mustHaveIndex,
      appliedIndex: expected.appliedIndex,
      mayBeShort: vote.kind === 'read' && vote.newest.mutedTerm > 0,
      witness: witness.kind === 'read' ? witness.witness : undefined,
    },
    windowLimits: expected.windowLimits ?? windowLimits,
  })
  return { ...rest, log: judgeHardState(log, vote), keyValue }
}

/** Whose data directory this is, by the identity file or its copy. */
export async function readIdentityOf(disk: Disk): Promise<IdentityReading> {
  const [first, copy] = [identityFile, identityCopyFile].map((name) => disk.files.read(`${layout.directory}/${name}`))
  return readIdentityFiles(await first, await copy)
}

/**
 * A vote file is written just before the batch with the same vote, and the next one only after that batch. So the log
 * is at most one vote behind the files; behind both of them, a batch that had been synced is gone.
 */
function judgeHardState(log: LogReading, vote: VoteReading): LogReading {
  if (log.kind !== 'whole' || vote.kind !== 'read' || vote.older === undefined) return log
  const { hardState, lastIndex } = log.image
  if (compareVotes(hardState, vote.older) !== 'behind') return log
  return {
    kind: 'broken',
    reason: `it ends with entry ${lastIndex}, and its hard state is behind both vote files`,
    hardState,
  }
}

/** What the readings come to, for the case table. */
export function findingsOf(readings: Readings, expected: Expected): Findings {
  const { identity, log, vote, witness } = readings
  return {
    identity: identity.kind !== 'read' ? identity.kind : isOwn(identity.identity, expected) ? 'own' : 'other',
    log: log.kind,
    vote: vote.kind === 'read' ? voteFinding(log, vote) : vote.kind,
    witness: witness.kind === 'read' ? (log.kind === 'whole' ? log.witness : 'lost') : witness.kind,
  }
}

/**
 * A vote is promised only once it stands in a vote file and then in the log. So a log that is whole tells the newest
 * vote where one of the two files is lost; one that is damaged may have lost that, too.
 */
function voteFinding(log: Readings['log'], { newest, older }: VoteReading & { kind: 'read' }): Findings['vote'] {
  const hardState = log.kind === 'whole' ? log.image.hardState : log.kind === 'broken' ? log.hardState : undefined
  if (hardState === undefined) return older === undefined ? 'stale' : 'current'
  const order = compareVotes(hardState, newest)
  if (older === undefined) {
    // A log without its end is one without its newest vote.
    const isAllThere = log.kind === 'whole' && log.witness === 'kept'
    if (isAllThere) return order === 'conflict' ? 'stale' : 'current'
    return order === 'same' ? 'current' : 'stale'
  }
  return order === 'same' || order === 'behind' ? 'current' : 'stale'
}

export function isOwn(identity: Identity, expected: Pick<Expected, 'clusterId' | 'self'>): boolean {
  return identity.clusterId === expected.clusterId && identity.peerId === expected.self
}

/** What was found wrong of each part, in words. */
export function reasonsOf(readings: Readings): readonly string[] {
  return [readings.identity, readings.log, readings.vote, readings.witness]
    .map((reading) => ('reason' in reading ? reading.reason : ''))
    .filter((reason) => reason !== '')
}
