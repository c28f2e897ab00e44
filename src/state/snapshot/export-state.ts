import { create } from '@bufbuild/protobuf'
import { SnapshotHeaderSchema, type SnapshotHeader } from '../../gen/trivet/snapshot/v1/snapshot_pb.ts'
import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import type { KeyValuePair, KeyValueSnapshot } from '../storage/key-value.ts'
import { endOf, markKey, outcomeKey, rowKey } from '../storage/keys.ts'
import { decodeMark } from '../storage/records.ts'
import { StateDamaged } from '../storage/state-damaged.ts'
import { ContentCheck } from './content-check.ts'
import { bytesReadTarget, pairsReadMax, recordBytesTarget } from './limits.ts'
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
    let from = prefix
    for (;;) {
      signal.throwIfAborted()
      const range = { from, to: endOf(prefix), limit: pairsReadMax, bytesTarget: bytesReadTarget }
      const pairs = await source.snapshot.range(range)
      for (const piece of piecesOf(pairs)) {
        expectNone(slices.run(() => check.add(piece)))
        for (const pair of piece) await writer.add(pair)
      }
      const last = pairs.at(-1)
      if (last === undefined) break
      from = `${last.key}\0`
    }
  }
  expectNone(check.end(writer.counts))
  await writer.end()
  return { sizeBytes: writer.sizeBytes }
}

/** As many pairs as are summed up in one go. */
function* piecesOf(pairs: readonly KeyValuePair[]): Generator<readonly KeyValuePair[]> {
  let piece: KeyValuePair[] = []
  let sizeBytes = 0
  for (const pair of pairs) {
    piece.push(pair)
    sizeBytes += pair.value.length
    if (sizeBytes < recordBytesTarget) continue
    yield piece
    piece = []
    sizeBytes = 0
  }
  yield piece
}
