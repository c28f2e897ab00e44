import type { KeyValue, KeyValuePair } from './key-value.ts'
import { endOf } from './keys.ts'

/** All pairs whose keys begin with `prefix`, ascending, with the event loop free between slices. The last one is empty. */
export async function* pairSlices(
  keyValue: Pick<KeyValue, 'range'>,
  prefix: string,
): AsyncIterable<readonly KeyValuePair[]> {
  let from = prefix
  for (;;) {
    const slice = await keyValue.range({ from, to: endOf(prefix), limit: readSliceMax, bytesTarget: readSliceBytes })
    yield slice
    const last = slice.at(-1)
    if (last === undefined) return
    from = `${last.key}\0`
  }
}

/** Pairs that are read at once. */
const readSliceMax = 1_000

/** No more are read at once when they hold this much: one row or change has up to 1 MiB and more. */
const readSliceBytes = 1024 * 1024
