import type { MessageInitShape } from '@bufbuild/protobuf'
import type { DiscoverySchema, DiscoveryTargetSchema } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { compareNatural } from '../../../lib/natural-order.ts'
import type { Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import { stamps, timestamp } from '../../kernel/timestamps.ts'
import type { discoveries } from '../tables.ts'
import { discoveryTargets } from '../tables.ts'

/** A discovery as the API shows it. */
export function discoveryAnswer(
  read: Reader,
  stored: Stored<RowOf<typeof discoveries>>,
): MessageInitShape<typeof DiscoverySchema> {
  const { id, runState, bmcs, total, errorMessage, completedMs, principal } = stored.value
  return {
    ...stamps(stored.value),
    id,
    etag: read.etag(stored),
    runState,
    bmcs,
    total,
    succeeded: read.count(discoveryTargets, 'state', `${id}/${RunState.COMPLETED}`),
    failed: read.count(discoveryTargets, 'state', `${id}/${RunState.FAILED}`),
    errorMessage,
    completedAt: timestamp(completedMs),
    principal,
  }
}

/** What became of each BMC, in the order of their xnames. */
export function targetAnswers(read: Reader, discoveryId: string): MessageInitShape<typeof DiscoveryTargetSchema>[] {
  return read
    .bucket(discoveryTargets, 'discovery', discoveryId)
    .map(({ value: { bmcId, xname, runState, lastError, nodes } }) => ({ bmcId, xname, runState, lastError, nodes }))
    .sort((a, b) => compareNatural(a.xname, b.xname))
}
