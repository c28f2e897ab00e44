import { trivetError } from '../../lib/errors.ts'
import { encodeConfiguration } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { encodeIdentity, identityCopyFile, identityFile, type Identity } from './identity.ts'
import { KeyValueError } from './key-value.ts'
import { recordKeys } from './keys.ts'
import { readRecords, wholeFrames, type Position, type RawFrame } from './read-log.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { encodeVote, voteFiles } from './vote-slots.ts'

/** Where a recovery puts what it makes, and what was there before. */
export const recoveryLayout = { unfinished: 'raft.recovered', before: 'raft.before-recovery' } as const

/** What every peer of a cluster that lost its majority goes on with. */
export interface Recovered {
  /** A data directory that holds the log; LevelDB opens it, so it is a copy. */
  readonly source: Disk
  readonly lastIndex: number
  /** Above every term that anybody has spoken of. */
  readonly term: number
  readonly identity: Pick<Identity, 'clusterId' | 'peerId' | 'peerName' | 'formatEpoch' | 'nonce' | 'incarnation'>
}

/**
 * Makes the consensus part of a peer anew, from the log that all peers go on with: all of it is committed from now on,
 * for all of them have it, and nobody has voted in the new term. Nothing takes its place before `putRecovered`.
 */
export async function makeRecovered(disk: Disk, recovered: Recovered): Promise<Position> {
  const { source, lastIndex, term, identity } = recovered
  const { files } = disk
  const path = (name: string) => `${recoveryLayout.unfinished}/${name}`
  await files.removeDirectory(recoveryLayout.unfinished)
  await files.makeDirectory(recoveryLayout.unfinished)
  const from = await source.openKeyValue(`${layout.directory}/${layout.log}`, { create: false })
  const into = await disk.openKeyValue(path(layout.log), { create: true })
  const records = readRecords(from)
  if (typeof records === 'string') throw new Error(`the log to go on with has changed: ${records}`)
  let last: Position = records.truncation
  for await (const slice of upTo(wholeFrames(from, records.truncation), lastIndex)) {
    await into.batch(slice.map(({ key, bytes }) => ({ type: 'put', key, value: bytes })))
    const { entry, chain } = slice.at(-1)!.frame
    last = { index: entry.index, term: entry.term, chain }
  }
  if (last.index !== lastIndex) throw new Error(`the log to go on with has changed: it ends with entry ${last.index}`)
  await into.batch([
    { type: 'put', key: recordKeys.truncation, value: encodeTruncation(records.truncation) },
    { type: 'put', key: recordKeys.configuration, value: encodeConfiguration(records.configuration) },
    { type: 'put', key: recordKeys.hardState, value: encodeHardState({ term, vote: '', commit: lastIndex }) },
  ])
  await into.close()
  await from.close()
  for (const [sequence, name] of voteFiles.entries()) {
    await files.replace(path(name), encodeVote({ sequence, term, vote: '', mutedTerm: 0 }, identity.nonce))
  }
  await files.replace(path(witnessFile), newWitnessFile(last))
  const encoded = encodeIdentity({ ...identity, mustHaveIndex: lastIndex, starts: 0, met: {} })
  for (const name of [identityCopyFile, identityFile]) await files.replace(path(name), encoded)
  return last
}

/** Puts what was made in its place. What was there is kept beside it; what an earlier recovery kept is not. */
export async function putRecovered(disk: Disk): Promise<void> {
  const { files } = disk
  if (await files.exists(layout.directory)) {
    await files.removeDirectory(recoveryLayout.before)
    await files.renameDirectory({ from: layout.directory, to: recoveryLayout.before })
  }
  await files.renameDirectory({ from: recoveryLayout.unfinished, to: layout.directory })
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
