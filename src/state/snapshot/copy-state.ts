import { clone } from '@bufbuild/protobuf'
import type { AppliedMark } from '../../gen/trivet/log/v1/log_pb.ts'
import { AppliedMarkSchema } from '../../gen/trivet/log/v1/log_pb.ts'
import type { KeyValue, KeyValuePair } from '../storage/key-value.ts'
import { changeKey, markKey, outcomeKey, rowKey } from '../storage/keys.ts'
import { pairSlices } from '../storage/pair-slices.ts'
import { decodeMark, sealMark } from '../storage/records.ts'
import { damageOf, StateDamaged } from '../storage/state-damaged.ts'
import { ContentCheck } from './content-check.ts'

/** How far a state is, and whether it is the one that was written. */
export interface StateFinding {
  /** Undefined if that is lost. */
  readonly mark: AppliedMark | undefined
  /** What is wrong with it; '' if it is sound. */
  readonly problem: string
}

type Source = Pick<KeyValue, 'get' | 'range'>

/** Reads a whole state and sums it up. Knows no table. The history of changes is not summed: one that lost some is shorter. */
export async function verifyState(source: Source): Promise<StateFinding> {
  const record = await source.get(markKey)
  if (record === undefined) return { mark: undefined, problem: damageOf('it says not how far it is') }
  const mark = decodeMark(record)
  if (mark === undefined) {
    return { mark, problem: damageOf('what says how far it is does not agree with its checksum') }
  }
  try {
    // Read to the end, it has been checked.
    for await (const _ of contentOf(source, mark)) continue
    return { mark, problem: '' }
  } catch (error) {
    if (error instanceof StateDamaged) return { mark, problem: error.message }
    // What LevelDB itself finds damaged.
    return { mark, problem: damageOf(error instanceof Error ? error.message : String(error)) }
  }
}

/**
 * Copies a state into an empty store, history of changes and all, and verifies it on the way. The mark, without which
 * nothing opens the copy, comes last; once this has resolved the copy survives the loss of power. With `incarnation` the
 * copy is of another one. Throws `StateDamaged`.
 */
export async function copyState(
  source: Source,
  target: Pick<KeyValue, 'batch' | 'sync'>,
  { incarnation }: { readonly incarnation?: string | undefined } = {},
): Promise<void> {
  const record = await source.get(markKey)
  const found = record && decodeMark(record)
  if (found === undefined) throw new StateDamaged('it says not how far it is')
  for await (const slice of contentOf(source, found)) await target.batch(slice, { sync: false })
  for await (const slice of pairSlices(source, changeKey(0).slice(0, 2))) await target.batch(slice, { sync: false })
  const mark = clone(AppliedMarkSchema, found)
  if (incarnation !== undefined) mark.incarnation = incarnation
  await target.batch([{ key: markKey, value: sealMark(mark) }], { sync: true })
  await target.sync()
}

/** Outcomes and rows, in the order of their keys. Throws `StateDamaged`, at the latest when all have been given. */
async function* contentOf(source: Source, mark: AppliedMark): AsyncIterable<readonly KeyValuePair[]> {
  const check = new ContentCheck(mark)
  const expectNone = (problem: string | undefined) => {
    if (problem !== undefined) throw new StateDamaged(problem)
  }
  for (const prefix of [outcomeKey(0).slice(0, 2), rowKey('', '').slice(0, 2)]) {
    for await (const slice of pairSlices(source, prefix)) {
      expectNone(check.add(slice))
      yield slice
    }
  }
  expectNone(check.end(check.counts))
}
