import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'

/** Milliseconds since the Unix epoch as a timestamp; 0 stands for never. */
export function timestamp(ms: bigint): Timestamp | undefined {
  return ms === 0n ? undefined : timestampFromMs(Number(ms))
}

/** `created` and `last_updated` of a resource. */
export function stamps(row: { readonly createdMs: bigint; readonly lastUpdatedMs: bigint }) {
  return { created: timestampFromMs(Number(row.createdMs)), lastUpdated: timestampFromMs(Number(row.lastUpdatedMs)) }
}
