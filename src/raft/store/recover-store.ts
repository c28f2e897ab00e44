import { trivetError } from '../../lib/errors.ts'
import { ConfigurationHistory } from './configuration-history.ts'
import { encodeConfiguration } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { encodeIdentity, identityCopyFile, identityFile, type Identity } from './identity.ts'
import { KeyValueError, type KeyValue } from './key-value.ts'
import { recordKeys } from './keys.ts'
import { readRecords, wholeFrames, type Position, type RawFrame } from './read-log.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { encodeVote, voteFiles } from './vote-slots.ts'

/** What every peer of a cluster that lost its majority goes on with. */
export interface Recovered {
  /** Path within the data directory of what is made, to take the place of the consensus part. */
  readonly into: string
  /** A data directory that holds the log; LevelDB opens it, so it is a copy. */
  readonly source: Disk
  /** The last entry of it that is used. */
  readonly lastIndex: number
  /**
   * The peers go on from a state that is further than any log: theirs begins behind this entry, and has nothing of the
   * source but the configuration at its end.
   */
  readonly beginning?: Position | undefined
  /** Above every term that anybody has spoken of. */
  readonly term: number
  readonly identity: Pick<Identity, 'clusterId' | 'peerId' | 'peerName' | 'formatEpoch' | 'nonce' | 'incarnation'>
}

/**
 * Makes the consensus part of a peer anew, from the log that all peers go on with: all of it is committed from now on,
 * for all of them have it, and nobody has voted in the new term. What the peer has is not touched.
 */
export async function makeRecovered(disk: Disk, recovered: Recovered): Promise<Position> {
  const { into, term, identity } = recovered
  const { files } = disk
  const path = (name: string) => `${into}/${name}`
  await files.removeDirectory(into)
  await files.makeDirectory(into)
  const log = await disk.openKeyValue(path(layout.log), { create: true })
  const last = await fillLog(log, recovered)
  await log.close()
  for (const [sequence, name] of voteFiles.entries()) {
    await files.replace(path(name), encodeVote({ sequence, term, vote: '', mutedTerm: 0 }, identity.nonce))
  }
  await files.replace(path(witnessFile), newWitnessFile(last))
  const encoded = encodeIdentity({ ...identity, mustHaveIndex: last.index, starts: 0, met: {} })
  for (const name of [identityCopyFile, identityFile]) await files.replace(path(name), encoded)
  return last
}

/** Gives the last entry that the new log stands for. */
async function fillLog(log: KeyValue, { source, lastIndex, beginning, term }: Recovered): Promise<Position> {
  const from = await source.openKeyValue(`${layout.directory}/${layout.log}`, { create: false })
  const records = readRecords(from)
  if (typeof records === 'string') throw new Error(`the log to go on with has changed: ${records}`)
  const configurations = new ConfigurationHistory(records.configuration)
  let last: Position = records.truncation
  for await (const slice of upTo(wholeFrames(from, records.truncation), lastIndex)) {
    for (const { frame } of slice) configurations.append(frame.entry)
    const { entry, chain } = slice.at(-1)!.frame
    last = { index: entry.index, term: entry.term, chain }
    if (beginning !== undefined) continue
    await log.batch(slice.map(({ key, bytes }) => ({ type: 'put', key, value: bytes })))
  }
  await from.close()
  if (last.index !== lastIndex) throw new Error(`the log to go on with has changed: it ends with entry ${last.index}`)
  const configuration =
    beginning === undefined ? records.configuration : configurations.at(Math.min(lastIndex, beginning.index))
  const end = beginning ?? last
  await log.batch([
    { type: 'put', key: recordKeys.truncation, value: encodeTruncation(beginning ?? records.truncation) },
    { type: 'put', key: recordKeys.configuration, value: encodeConfiguration(configuration) },
    { type: 'put', key: recordKeys.hardState, value: encodeHardState({ term, vote: '', commit: end.index }) },
  ])
  return end
}

/** Ends with an entry, and before whatever is behind it. No slice is empty. */
async function* upTo(
  slices: AsyncIterable<readonly RawFrame[]>,
  lastIndex: number,
): AsyncIterable<readonly RawFrame[]> {
  for await (const slice of slices) {
    const kept = slice.filter(({ frame }) => frame.entry.index <= lastIndex)
    if (kept.length > 0) yield kept
    if ((kept.at(-1)?.frame.entry.index ?? 0) >= lastIndex) return
  }
}

/** Throws DATA_DIRECTORY_LOCKED if a peer runs on this data directory. Opening its log changes no entry of it. */
export async function requireUnlocked(disk: Disk): Promise<void> {
  const path = `${layout.directory}/${layout.log}`
  if (!(await disk.files.exists(path))) return
  try {
    const keyValue = await disk.openKeyValue(path, { create: false })
    await keyValue.close()
  } catch (error) {
    if (!(error instanceof KeyValueError)) throw error
    if (error.kind === 'locked')
      throw trivetError('DATA_DIRECTORY_LOCKED', { directory: disk.directory }, { cause: error })
  }
}
