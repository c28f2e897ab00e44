import { trivetError } from '../../lib/errors.ts'
import type { HardState, PeerId } from '../core/types.ts'
import { layout, type Disk } from './disk.ts'
import { formatEpoch, identityFile, readIdentityFile, type Identity, type IdentityReading } from './identity.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { recordKeys } from './keys.ts'
import { LogStore, watermarkEntries } from './log-store.ts'
import { windowLimits, type WindowLimits } from './log-window.ts'
import { readLog, type LogReading } from './read-log.ts'
import { encodeHardState } from './records.ts'
import { recover, type DamagedPart, type Findings } from './recovery.ts'
import { readWitness, witnessFile, type WitnessReading } from './tail-witness.ts'
import { compareVotes } from './vote-order.ts'
import { readVotes, voteFiles, type Vote, type VoteReading } from './vote-slots.ts'
import { VoteWriter } from './vote-writer.ts'
import { WitnessWriter } from './witness-writer.ts'

/** Who opens a data directory, and what it knows about the log. */
export interface StoreOptions {
  readonly clusterId: string
  readonly self: PeerId
  /** What the main thread has applied durably. */
  readonly appliedIndex: number
  /** See `LogStoreParts`. */
  readonly fail: (reason: string) => void
  readonly windowLimits?: WindowLimits
  readonly watermarkEntries?: number
}

export type OpenedStore =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'healthy'; readonly store: LogStore }
  | { readonly kind: 'damaged'; readonly part: DamagedPart; readonly reason: string }

/** Everything that was read, before it is judged. */
interface Readings {
  readonly identity: IdentityReading
  readonly log: LogReading | { readonly kind: 'absent' }
  readonly vote: VoteReading
  readonly witness: WitnessReading
  readonly keyValue: KeyValue | undefined
}

/**
 * Opens the log of a peer after everything about it has been checked. What cannot be believed is `damaged`, and
 * nothing of it is changed. Throws DATA_DIRECTORY_FOREIGN, DATA_DIRECTORY_LOCKED and DATA_FORMAT_UNKNOWN.
 */
export async function openStore(disk: Disk, options: StoreOptions): Promise<OpenedStore> {
  const readings = await readDirectory(disk, options)
  const outcome = recover(findingsOf(readings, options))
  if (outcome.kind === 'healthy') return { kind: 'healthy', store: await assemble(disk, options, readings) }
  await readings.keyValue?.close()
  if (outcome.kind === 'fresh') return outcome
  if (outcome.kind === 'refused') throw foreign(disk, options, readings.identity)
  const details = [readings.identity, readings.log, readings.vote, readings.witness]
    .map((reading) => ('reason' in reading ? reading.reason : ''))
    .filter((detail) => detail !== '')
  return { ...outcome, reason: [outcome.reason, ...details].join('; ') }
}

/** Whose data directory this is; undefined if it is nobody's yet, or if its identity cannot be read. */
export async function readIdentity(disk: Disk): Promise<Identity | undefined> {
  const reading = readIdentityFile(await disk.files.read(`${layout.directory}/${identityFile}`))
  return reading.kind === 'read' ? reading.identity : undefined
}

async function readDirectory(disk: Disk, options: StoreOptions): Promise<Readings> {
  const path = (name: string) => `${layout.directory}/${name}`
  const identity = readIdentityFile(await disk.files.read(path(identityFile)))
  const vote = readVotes([await disk.files.read(path(voteFiles[0])), await disk.files.read(path(voteFiles[1]))])
  const witness = readWitness(await disk.files.read(path(witnessFile)))
  const rest = { identity, vote, witness, keyValue: undefined }
  if (!(await disk.files.exists(path(layout.log)))) return { ...rest, log: { kind: 'absent' } }
  // LevelDB rewrites its files when it opens them, so only the owner may open it.
  if (identity.kind !== 'read' || !isOwn(identity.identity, options)) {
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
      appliedIndex: options.appliedIndex,
      witness: witness.kind === 'read' ? witness.witness : undefined,
    },
    windowLimits: options.windowLimits ?? windowLimits,
  })
  return { ...rest, log: judgeHardState(log, vote), keyValue }
}

/**
 * A vote file is written just before the batch with the same vote, and the next one only after that batch. So the log
 * is at most one vote behind the files; behind both of them, a batch that had been synced is gone.
 */
function judgeHardState(log: LogReading, vote: VoteReading): LogReading {
  if (log.kind !== 'whole' || vote.kind !== 'read' || vote.older === undefined) return log
  if (compareVotes(log.image.hardState, vote.older) !== 'behind') return log
  return {
    kind: 'broken',
    reason: `it ends with entry ${log.image.lastIndex}, and its hard state is behind both vote files`,
  }
}

function findingsOf(readings: Readings, options: StoreOptions): Findings {
  const { identity, log, vote, witness } = readings
  return {
    identity: identity.kind !== 'read' ? identity.kind : isOwn(identity.identity, options) ? 'own' : 'other',
    log: log.kind,
    vote: vote.kind === 'read' ? voteFinding(log, vote.newest) : vote.kind,
    witness: witness.kind === 'read' ? (log.kind === 'whole' ? log.witness : 'lost') : witness.kind,
  }
}

function voteFinding(log: Readings['log'], newest: Vote): Findings['vote'] {
  if (log.kind !== 'whole') return 'current'
  const order = compareVotes(log.image.hardState, newest)
  return order === 'same' || order === 'behind' ? 'current' : 'stale'
}

function isOwn(identity: Identity, options: StoreOptions): boolean {
  return identity.clusterId === options.clusterId && identity.peerId === options.self
}

function foreign(disk: Disk, options: StoreOptions, reading: IdentityReading): Error {
  if (reading.kind !== 'read') throw new Error('a foreign identity has been read')
  return trivetError('DATA_DIRECTORY_FOREIGN', {
    directory: disk.directory,
    foundCluster: reading.identity.clusterId,
    foundPeer: `${reading.identity.peerName} (${reading.identity.peerId})`,
    wantedCluster: options.clusterId,
    wantedPeer: options.self,
  })
}

async function assemble(disk: Disk, options: StoreOptions, readings: Readings): Promise<LogStore> {
  const { identity, log, vote, witness, keyValue } = readings
  if (identity.kind !== 'read' || log.kind !== 'whole' || vote.kind !== 'read' || witness.kind !== 'read') {
    throw new Error('a healthy data directory has been read in all its parts')
  }
  if (keyValue === undefined) throw new Error('a healthy log is open')
  const written: HardState = { ...log.image.hardState, term: vote.newest.term, vote: vote.newest.vote }
  // The log catches up with the vote files before anything else is voted: see `judgeHardState`.
  if (compareVotes(log.image.hardState, written) === 'behind') {
    await keyValue.batch([{ type: 'put', key: recordKeys.hardState, value: encodeHardState(written) }])
  }
  const open = async (name: string) => disk.files.open(`${layout.directory}/${name}`)
  const witnessWriter = new WitnessWriter(await open(witnessFile), witness.sequence)
  if (witness.isTorn) await witnessWriter.mend(witness.witness)
  // The commit index goes to the disk late; what main has applied, and what the watermark names, was committed.
  const commit = Math.max(written.commit, options.appliedIndex, identity.identity.mustHaveIndex)
  return new LogStore({
    keyValue,
    files: disk.files,
    identityPath: layout.directory,
    identity: identity.identity,
    image: { ...log.image, hardState: { ...written, commit } },
    durableHardState: written,
    vote: new VoteWriter([await open(voteFiles[0]), await open(voteFiles[1])], vote.newest),
    witness: witnessWriter,
    watermarkEntries: options.watermarkEntries ?? watermarkEntries,
    fail: options.fail,
  })
}
