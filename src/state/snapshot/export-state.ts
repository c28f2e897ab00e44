import { create } from '@bufbuild/protobuf'
import { SnapshotHeaderSchema, type SnapshotHeader } from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import type { KeyValueSnapshot } from '../storage/key-value.ts'
import { markKey, outcomeKey, rowKey } from '../storage/keys.ts'
import { pairSlices } from '../storage/pair-slices.ts'
import { decodeMark } from '../storage/records.ts'
import { StateDamaged } from '../storage/state-damaged.ts'
import { ContentCheck } from './content-check.ts'
import { bytesReadTarget, pairsReadMax } from './limits.ts'
import { poolPacking, type Packing } from './packing.ts'
import { SliceWatch } from './slice-watch.ts'
import { SnapshotWriter, type Append } from './snapshot-writer.ts'

/** What a header says beside what the state itself knows. */
export type HeaderFacts = Pick<SnapshotHeader, 'id' | 'clusterId' | 'peer' | 'release' | 'timeMs' | 'chain'> & {
  readonly configuration: NonNullable<SnapshotHeader['configuration']>
}

/** How far the state of a snapshot is; undefined if LevelDB has lost what says it. */
export async function markOf(snapshot: KeyValueSnapshot): Promise<AppliedMark | undefined> {
  const record = await snapshot.get(markKey)
  return record && decodeMark(record)
}

/**
 * Writes the state as LevelDB held it when the snapshot was taken: outcomes and rows, in the order of their keys, a few
 * at a time. The history of changes stays behind: whoever watches from before lists again.
 *
 * What it writes it sums up, and compares with the mark: LevelDB drops damaged records silently, and every receiver would
 * refuse what is left. Throws `StateDamaged`; what was written is then no snapshot, for it has no end.
 */
export async function exportState(
  source: { readonly snapshot: KeyValueSnapshot; readonly mark: AppliedMark },
  facts: HeaderFacts,
  ports: {
    readonly append: Append
    readonly signal: AbortSignal
    readonly slices?: SliceWatch
    readonly packing?: Packing | undefined
  },
): Promise<{ readonly sizeBytes: number }> {
  const { slices = new SliceWatch(), packing = poolPacking, signal } = ports
  const writer = new SnapshotWriter(ports.append, slices, packing)
  const check = new ContentCheck(source.mark)
  const expectNone = (problem: string | undefined) => {
    if (problem !== undefined) throw new StateDamaged(problem)
  }
  await writer.begin(create(SnapshotHeaderSchema, { ...facts, mark: source.mark }))
  for (const prefix of [outcomeKey(0).slice(0, 2), rowKey('', '').slice(0, 2)]) {
    for await (const pairs of pairSlices(source.snapshot, prefix, {
      limit: pairsReadMax,
      bytesTarget: bytesReadTarget,
    })) {
      signal.throwIfAborted()
      expectNone(slices.run(() => check.add(pairs)))
      for (const pair of pairs) await writer.add(pair)
    }
  }
  expectNone(check.end(writer.counts))
  await writer.end()
  return { sizeBytes: writer.sizeBytes }
}
