import type { HardState } from '../core/types.ts'
import { encodeConfiguration, type PeerAddress } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { newLog } from './format-store.ts'
import type { KeyValue, Operation } from './key-value.ts'
import { recordKeys } from './keys.ts'
import { isDamage, readRecords, wholeFrames, type Position } from './read-log.ts'
import type { Readings } from './read-directory.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { encodeVote, voteFiles, type Vote } from './vote-slots.ts'

/**
 * Makes a log out of the whole beginning of a damaged one, or of nothing but what a new one of these initial peers has,
 * for the leader to fill up, and mutes this peer: it may have
 * acknowledged what is lost, and must not help to elect somebody who lacks it, either (see `Vote.mutedTerm`). The peer
 * is mute before anything else is changed. The damaged log is kept under another name, one at a time.
 *
 * Can be interrupted at any point: whatever is found then is damaged or repairing again, and never healthy.
 */
export async function rebuildLog(disk: Disk, readings: Readings, peers: readonly PeerAddress[]): Promise<void> {
  const { identity, vote, keyValue } = readings
  if (vote.kind !== 'read' || identity.kind !== 'read') throw new Error('a log is only rebuilt where the vote is known')
  const path = (name: string) => `${layout.directory}/${name}`
  const { files } = disk
  const muted = await mute(disk, vote.newest, identity.identity.nonce)
  const hardState = { term: muted.term, vote: muted.vote }

  await files.removeDirectory(path(layout.rebuiltLog))
  const target = await disk.openKeyValue(path(layout.rebuiltLog), { create: true })
  const last = await copyWhole({ source: keyValue, target, peers, hardState })
  await target.close()
  await keyValue?.close()

  await files.replace(path(witnessFile), newWitnessFile(last))
  if (await files.exists(path(layout.log))) {
    await files.removeDirectory(path(layout.damagedLog))
    await files.renameDirectory({ from: path(layout.log), to: path(layout.damagedLog) })
  }
  await files.renameDirectory({ from: path(layout.rebuiltLog), to: path(layout.log) })
}

/**
 * Takes this peer into the next term, in which nobody can have been elected with what it lost: see `Vote.mutedTerm`. In
 * both files: should one be lost later, the other one must not tell that this peer may vote.
 */
async function mute(disk: Disk, newest: Vote, nonce: string): Promise<Vote> {
  const muted = { sequence: newest.sequence + 2, term: newest.term + 1, vote: '', mutedTerm: newest.term }
  for (const vote of [{ ...muted, sequence: muted.sequence - 1 }, muted]) {
    // Whole or not at all: a torn one, beside a damaged log, could be any vote.
    await disk.files.replace(
      `${layout.directory}/${voteFiles[vote.sequence % 2 === 0 ? 0 : 1]}`,
      encodeVote(vote, nonce),
    )
  }
  return muted
}

/**
 * Copies the records and the frames up to the first that is not whole; gives the last one. What of them is committed is
 * not known: a database that lost a batch may show what an older one had put there.
 */
async function copyWhole(work: {
  readonly source: KeyValue | undefined
  readonly target: KeyValue
  readonly peers: readonly PeerAddress[]
  readonly hardState: Omit<HardState, 'commit'>
}): Promise<Position> {
  const { source, target, peers, hardState } = work
  const records = source === undefined ? 'there is no log' : readRecords(source)
  const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })
  if (source === undefined || typeof records === 'string') {
    const { operations, last } = newLog(peers)
    await target.batch([
      ...operations,
      put(recordKeys.hardState, encodeHardState({ ...hardState, commit: last.index })),
    ])
    return last
  }
  const { truncation, configuration } = records
  // Entry 1 of an initial peer is committed from the beginning, and so is whatever a log was cut behind.
  const first = peers.length === 0 ? 0 : 1
  let last: Position = truncation
  try {
    for await (const slice of wholeFrames(source, truncation)) {
      const kept = slice.filter(({ frame }) => frame.entry.term <= hardState.term)
      await target.batch(kept.map(({ key, bytes }) => put(key, bytes)))
      const newest = kept.at(-1)?.frame
      if (newest !== undefined) last = { ...newest.entry, chain: newest.chain }
    }
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  if (last.index < Math.max(first, Number(configuration.index))) return copyWhole({ ...work, source: undefined })
  await target.batch([
    put(recordKeys.truncation, encodeTruncation(truncation)),
    put(recordKeys.configuration, encodeConfiguration(configuration)),
    put(recordKeys.hardState, encodeHardState({ ...hardState, commit: Math.max(first, truncation.index) })),
  ])
  return { index: last.index, term: last.term, chain: last.chain }
}
