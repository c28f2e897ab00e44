import { create } from '@bufbuild/protobuf'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { DiscoveryState } from '../../../gen/trivet/inventory/v1/bmcs_pb.ts'
import { BmcFactsRowSchema } from '../../../gen/trivet/rows/v1/inventory_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put } from '../../../state/write.ts'
import { bmcFacts, bmcs } from '../../inventory/tables.ts'
import { discoveries, discoveryTargets, isOpen } from '../tables.ts'

/** Longest text that is kept of an error; a BMC may have written part of it. */
const errorCharsMax = 500

/** Keeps why a BMC could not be discovered. What was known of it stays. */
export function recordFailed(
  read: Evaluation,
  request: { readonly discoveryId: string; readonly bmcId: string; readonly error: string },
): readonly Write[] {
  const target = read.get(discoveryTargets, `${request.discoveryId}/${request.bmcId}`)
  const run = read.get(discoveries, request.discoveryId)
  if (target === undefined || run === undefined) return []
  if (!isOpen(run.value.runState) || !isOpen(target.value.runState)) return [keep(discoveryTargets, target)]
  const lastError = request.error.slice(0, errorCharsMax)
  const before = read.get(bmcFacts, request.bmcId)?.value ?? create(BmcFactsRowSchema)
  const failed = put(discoveryTargets, { ...target.value, runState: RunState.FAILED, lastError })
  if (read.get(bmcs, request.bmcId) === undefined) return [failed]
  return [failed, put(bmcFacts, { ...before, bmcId: request.bmcId, discoveryState: DiscoveryState.FAILED, lastError })]
}
