import { trivetError } from '../../lib/errors.ts'
import type { HardState } from '../core/types.ts'
import { compactionLimits, type CompactionLimits } from './compaction.ts'
import type { PeerAddress } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { IdentityKeeper } from './identity-keeper.ts'
import type { Identity, IdentityReading } from './identity.ts'
import { recordKeys } from './keys.ts'
import { LogStore, watermarkEntries } from './log-store.ts'
import { findingsOf, readDirectory, readIdentityOf, reasonsOf, type Expected, type Readings } from './read-directory.ts'
import { readRecords } from './read-log.ts'
import { rebuildLog } from './rebuild-log.ts'
import { encodeHardState } from './records.ts'
import { mustReset, resetLog, type Beginning } from './reset-log.ts'
import { recover, type DamagedPart } from './recovery.ts'
import { witnessFile } from './tail-witness.ts'
import { compareVotes } from './vote-order.ts'
import { voteFiles } from './vote-slots.ts'
import { VoteWriter } from './vote-writer.ts'
import { wholeVote } from './whole-vote.ts'
import { WitnessWriter } from './witness-writer.ts'

/** Who opens a data directory, and what it knows about the log. */
export interface StoreOptions extends Expected {
  /** Unique for each start of the process. */
  readonly run: string
  /** See `LogStoreParts`. */
  readonly fail: (reason: string) => void
  readonly watermarkEntries?: number
  readonly compactionLimits?: CompactionLimits | undefined
  /**
   * The state is that of a snapshot, which the log has to follow: it is reset, unless that was done already. Given until
   * it is, and never again.
   */
  readonly installed?: Beginning | undefined
  /**
   * The peers of entry 1, if others may repair what is damaged here; none of a peer that joined later, whose log begins
   * with nothing. A log that has lost entries is then opened as `repairing`. Left out, nothing damaged is changed: a
   * lone voter has nobody who has them.
   */
  readonly repairFrom?: readonly PeerAddress[] | undefined
}

export type OpenedStore =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'healthy'; readonly store: LogStore }
  /** Lost entries that it may have acknowledged: it must not vote before `store.unmute` is due. See `Rejoin`. */
  | { readonly kind: 'repairing'; readonly store: LogStore; readonly reason: string }
  | { readonly kind: 'damaged'; readonly part: DamagedPart; readonly reason: string }

/**
 * Opens the log of a peer after everything about it has been checked. What cannot be believed is `damaged`, and
 * nothing of it is changed, or it is made ready for its repair. Throws DATA_DIRECTORY_FOREIGN, DATA_DIRECTORY_LOCKED
 * and DATA_FORMAT_UNKNOWN.
 */
export async function openStore(disk: Disk, options: StoreOptions): Promise<OpenedStore> {
  const readings = await readAfterInstallation(disk, options)
  const outcome = recover(findingsOf(readings, options))
  const beginning = readings.log.kind === 'whole' ? readings.log.image.truncation.index : 0
  if (outcome.kind === 'healthy' && beginning > options.appliedIndex) {
    const reason = `the log begins behind entry ${beginning}, and the state only reaches entry ${options.appliedIndex}`
    return openWithoutState(disk, options, { readings, reason })
  }
  if (outcome.kind === 'healthy') return openHealthy(disk, options, readings)
  if (outcome.kind === 'fresh') return outcome
  if (outcome.kind === 'refused') {
    await readings.keyValue?.close()
    throw foreign(disk, options, readings.identity)
  }
  const reason = [outcome.reason, ...reasonsOf(readings)].join('; ')
  const { repairFrom } = options
  // A vote that is lost cannot be fetched from others, and neither can an identity.
  if (repairFrom === undefined || outcome.part === 'vote' || outcome.part === 'identity') {
    await readings.keyValue?.close()
    return { kind: 'damaged', part: outcome.part, reason }
  }
  return openRebuilt(disk, options, { readings, reason, part: outcome.part, repairFrom })
}

async function readAfterInstallation(disk: Disk, options: StoreOptions): Promise<Readings> {
  const { installed } = options
  if (installed !== undefined) await giveWay(disk, options, installed)
  return readDirectory(disk, options)
}

/** Resets the log if it has to follow a snapshot that it does not hold. */
async function giveWay(disk: Disk, options: StoreOptions, installed: Beginning): Promise<void> {
  // It need not reach what the state has got elsewhere: it is judged as it was left, for it may know the newest vote.
  const expected = { ...options, appliedIndex: 0 }
  const readings = await readDirectory(disk, expected)
  const { identity, vote } = findingsOf(readings, expected)
  // Without its log, nothing would tell any more that it is another peer's, or that a newer vote was given.
  const isSafe = identity === 'own' && vote === 'current'
  if (isSafe && mustReset(readings, installed)) await resetLog(disk, readings, installed)
  else await readings.keyValue?.close()
}

/**
 * The log is whole, but what it has cut off is not in the state either: only a snapshot helps. So this peer begins with
 * nothing, for a leader that sees it far behind sends it one; and it does not vote until it has again what it had.
 */
async function openWithoutState(
  disk: Disk,
  options: StoreOptions,
  found: { readonly readings: Readings; readonly reason: string },
): Promise<OpenedStore> {
  const { readings, reason } = found
  const { repairFrom } = options
  if (repairFrom !== undefined) return openRebuilt(disk, options, { readings, reason, part: 'log', repairFrom })
  await readings.keyValue?.close()
  return { kind: 'damaged', part: 'log', reason }
}

async function openRebuilt(
  disk: Disk,
  options: StoreOptions,
  found: {
    readonly readings: Readings
    readonly reason: string
    readonly part: DamagedPart
    readonly repairFrom: readonly PeerAddress[]
  },
): Promise<OpenedStore> {
  const { reason, part, repairFrom } = found
  await rebuildLog(disk, await usableReadings(options, found.readings), repairFrom)
  const rebuilt = await readDirectory(disk, options)
  const again = recover(findingsOf(rebuilt, options))
  if (again.kind === 'healthy') {
    return { kind: 'repairing', store: await assemble(disk, options, rebuilt), reason }
  }
  await rebuilt.keyValue?.close()
  const why = [reason, 'rebuilding the log has not helped', ...reasonsOf(rebuilt)].join('; ')
  return { kind: 'damaged', part, reason: why }
}

/**
 * A log that has cut off more than the state holds is of no use, also if something else is wrong with it: above all if a
 * crash has interrupted its replacement.
 */
async function usableReadings(options: StoreOptions, readings: Readings): Promise<Readings> {
  const records = readings.keyValue === undefined ? '' : readRecords(readings.keyValue)
  if (typeof records === 'string' || records.truncation.index <= options.appliedIndex) return readings
  await readings.keyValue?.close()
  return { ...readings, keyValue: undefined }
}

/** Whose data directory this is; undefined if it is nobody's yet, or if its identity cannot be read. */
export async function readIdentity(disk: Disk): Promise<Identity | undefined> {
  const reading = await readIdentityOf(disk)
  return reading.kind === 'read' ? reading.identity : undefined
}

async function openHealthy(disk: Disk, options: StoreOptions, readings: Readings): Promise<OpenedStore> {
  const store = await assemble(disk, options, readings)
  if (store.mutedTerm === 0) return { kind: 'healthy', store }
  return { kind: 'repairing', store, reason: `it lost entries up to term ${store.mutedTerm}` }
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
  const newest = await wholeVote(disk, readings)
  const open = async (name: string) => disk.files.open(`${layout.directory}/${name}`)
  const votes = [await open(voteFiles[0]), await open(voteFiles[1])] as const
  // A process that was killed may have left them unsynced. Were they lost after the log has caught up with them, the log
  // would know of a vote that they do not.
  for (const file of votes) await file.sync()
  const written: HardState = { ...log.image.hardState, term: newest.term, vote: newest.vote }
  // The log catches up with the vote files before anything else is voted: see `judgeHardState`.
  if (compareVotes(log.image.hardState, written) === 'behind') {
    await keyValue.batch([{ type: 'put', key: recordKeys.hardState, value: encodeHardState(written) }])
  }
  // The commit index goes to the disk late; what main has applied, and what the watermark names, was committed. While
  // it is repaired, what stands there may be something else that was never committed: only the leader can tell.
  const known = newest.mutedTerm > 0 ? 0 : Math.max(options.appliedIndex, identity.identity.mustHaveIndex)
  const keeper = new IdentityKeeper(disk.files, layout.directory, identity.identity)
  await keeper.change({ starts: identity.identity.starts + 1 })
  const witnessWriter = new WitnessWriter(await open(witnessFile), witness.sequence)
  if (witness.isTorn) await witnessWriter.mend(witness.witness)
  const store = new LogStore({
    keyValue,
    image: {
      ...log.image,
      hardState: { ...written, commit: Math.max(written.commit, known, log.image.truncation.index) },
    },
    identity: keeper,
    run: options.run,
    appliedIndex: options.appliedIndex,
    durableHardState: written,
    vote: new VoteWriter(votes, newest, identity.identity.nonce),
    witness: witnessWriter,
    watermarkEntries: options.watermarkEntries ?? watermarkEntries,
    compactionLimits: options.compactionLimits ?? compactionLimits,
    fail: options.fail,
  })
  // It may have fallen behind with a loss of power, or be in the memory of the system alone.
  await store.witnessTail()
  return store
}
