import type { KeyRange, KeyValue, KeyValuePair } from './key-value.ts'
import { endOf } from './keys.ts'

/** Pairs that are read at once. */
const readSliceMax = 1_000

/** No more are read at once when they hold this much: one row or change has up to 1 MiB and more. */
const readSliceBytes = 1024 * 1024

/** All pairs whose keys begin with `prefix`, ascending, with the event loop free between slices. The last one is empty. */
export async function* pairSlices(
  keyValue: Pick<KeyValue, 'range'>,
  prefix: string,
  limits: Pick<KeyRange, 'limit' | 'bytesTarget'> = { limit: readSliceMax, bytesTarget: readSliceBytes },
): AsyncIterable<readonly KeyValuePair[]> {
  let from = prefix
  for (;;) {
    const slice = await keyValue.range({ from, to: endOf(prefix), ...limits })
    yield slice
    const last = slice.at(-1)
    if (last === undefined) return
    from = `${last.key}\0`
  }
}
