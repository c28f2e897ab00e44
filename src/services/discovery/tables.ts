import { RunState } from '../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryRowSchema, DiscoveryTargetRowSchema } from '../../gen/trivet/rows/v1/discovery_pb.ts'
import { table } from '../../state/table.ts'

/** Runs of discovery. */
export const discoveries = table({
  name: 'discovery',
  row: DiscoveryRowSchema,
  key: (discovery) => discovery.id,
  buckets: {
    /** Discoveries that have not ended, under the one key `open`. */
    open: (discovery) => (isOpen(discovery.runState) ? 'open' : undefined),
  },
})

/** The BMCs of a discovery, one row each. */
export const discoveryTargets = table({
  name: 'discovery_target',
  row: DiscoveryTargetRowSchema,
  key: (target) => `${target.discoveryId}/${target.bmcId}`,
  owner: { table: discoveries, key: (target) => target.discoveryId },
  buckets: {
    discovery: (target) => target.discoveryId,
    /** How many BMCs of a discovery are in each state: `<discovery>/<state>`. */
    state: (target) => `${target.discoveryId}/${target.runState}`,
  },
})

/** Whether a run has not ended yet. */
export function isOpen(state: RunState): boolean {
  return state === RunState.PENDING || state === RunState.RUNNING
}
