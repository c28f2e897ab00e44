import { trivetError } from '../../../lib/errors.ts'
import type { StartDiscoveryRequest } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { allBmcs, bmcsOf } from '../../inventory/rules/nodeset.ts'
import { onlyTenant } from '../../inventory/rules/references.ts'
import { discoveries, discoveryTargets } from '../tables.ts'

/** BMCs of one discovery, until a run is built in several transactions. */
export const discoveryTargetsMax = 900

/** Discoveries that may be open at once. */
export const openDiscoveriesMax = 16

/** Discoveries that are kept; beyond, the oldest ended one goes. */
export const discoveriesKeptMax = 100

/**
 * Starts a discovery over BMCs.
 * Errors: BMC_NOT_FOUND, those of nodesets, NOTHING_TO_DISCOVER, TRANSACTION_TOO_LARGE, OVERLOADED.
 */
export function startDiscovery(read: Evaluation, request: StartDiscoveryRequest): readonly Write[] {
  const found = request.bmcs === '' ? allBmcs(read) : bmcsOf(read, request.bmcs)
  if (found.length === 0) throw trivetError('NOTHING_TO_DISCOVER', {})
  if (found.length > discoveryTargetsMax) {
    const unit = 'BMCs of one discovery'
    throw trivetError('TRANSACTION_TOO_LARGE', { amount: found.length, unit, limit: discoveryTargetsMax })
  }
  if (read.count(discoveries, 'open', 'open') >= openDiscoveriesMax) {
    throw trivetError('OVERLOADED', { what: 'the list of open discoveries', limit: openDiscoveriesMax, unit: 'runs' })
  }
  const id = read.newId('disc')
  return [
    put(discoveries, {
      id,
      tenant: onlyTenant,
      createdMs: BigInt(read.timeMs),
      lastUpdatedMs: BigInt(read.timeMs),
      runState: RunState.RUNNING,
      bmcs: foldNodeset(found.map(({ value }) => value.xname)),
      total: found.length,
      principal: read.request.principal,
    }),
    ...found.map(({ key, value }) =>
      put(discoveryTargets, { discoveryId: id, bmcId: key, xname: value.xname, runState: RunState.PENDING }),
    ),
  ]
}
