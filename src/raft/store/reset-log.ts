import { fromBinary } from '@bufbuild/protobuf'
import { ConfigurationSchema } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { sameChain } from './chain.ts'
import { encodeConfiguration } from './configuration.ts'
import { layout, type Disk } from './disk.ts'
import { recordKeys } from './keys.ts'
import type { Readings } from './read-directory.ts'
import { encodeHardState, encodeTruncation } from './records.ts'
import { newWitnessFile, witnessFile } from './tail-witness.ts'
import { voteFiles } from './vote-slots.ts'
import { VoteWriter } from './vote-writer.ts'
import { wholeVote } from './whole-vote.ts'

/** The log that a snapshot begins: nothing, behind this entry. */
export interface Beginning {
  readonly index: number
  readonly term: number
  readonly chain: Uint8Array
  /** A `trivet.raft.v1.Configuration`. */
  readonly configuration: Uint8Array
}

/**
 * Whether the log must give way to the beginning that a snapshot makes. It need not where it holds that very entry: then
 * it may hold more, which was acknowledged. A directory whose identity or vote is lost is not touched.
 */
export function mustReset(readings: Readings, beginning: Beginning): boolean {
  const { identity, log, vote } = readings
  if (identity.kind !== 'read' || vote.kind !== 'read') return false
  if (log.kind !== 'whole') return true
  const { truncation, lastIndex, terms } = log.image
  const { index, term, chain } = beginning
  if (truncation.index === index) return !sameChain(truncation.chain, chain)
  if (truncation.index > index) return false
  return lastIndex < index || terms.termAt(index) !== term
}

/**
 * Puts an empty log in the place of the one that is there. Term and vote are kept: they were promised. Can be
 * interrupted at any point, and is done again from the beginning, for the snapshot that it is done for is taken away
 * only afterwards.
 */
export async function resetLog(disk: Disk, readings: Readings, beginning: Beginning): Promise<void> {
  const { identity, vote, keyValue } = readings
  if (vote.kind !== 'read' || identity.kind !== 'read') throw new Error('a log is only reset where the vote is known')
  const path = (name: string) => `${layout.directory}/${name}`
  const { files } = disk
  const { index, term, chain, configuration } = beginning
  const newest = await wholeVote(disk, readings)
  const writer = new VoteWriter(
    [await files.open(path(voteFiles[0])), await files.open(path(voteFiles[1]))],
    newest,
    identity.identity.nonce,
  )
  const promised = newest.term >= term ? { term: newest.term, vote: newest.vote } : { term, vote: '' }
  await writer.write(promised)
  await writer.close()

  await files.removeDirectory(path(layout.rebuiltLog))
  const target = await disk.openKeyValue(path(layout.rebuiltLog), { create: true })
  await target.batch([
    { type: 'put', key: recordKeys.truncation, value: encodeTruncation({ index, term, chain }) },
    {
      type: 'put',
      key: recordKeys.configuration,
      value: encodeConfiguration(fromBinary(ConfigurationSchema, configuration)),
    },
    { type: 'put', key: recordKeys.hardState, value: encodeHardState({ ...promised, commit: index }) },
  ])
  await target.close()
  await keyValue?.close()

  await files.replace(path(witnessFile), newWitnessFile({ index, term, chain }))
  await files.removeDirectory(path(layout.log))
  await files.renameDirectory({ from: path(layout.rebuiltLog), to: path(layout.log) })
}
