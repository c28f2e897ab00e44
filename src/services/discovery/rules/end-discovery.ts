import { trivetError } from '../../../lib/errors.ts'
import type { CancelDiscoveryRequest } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Evaluation, Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { discoveries, discoveryTargets, isOpen } from '../tables.ts'
import { discoveriesKeptMax } from './start-discovery.ts'

/** The discovery that an id means. Errors: DISCOVERY_NOT_FOUND. */
export function discoveryByReference(read: Reader, reference: string): Stored<RowOf<typeof discoveries>> {
  const found = read.get(discoveries, reference.trim())
  if (found !== undefined) return found
  throw trivetError('DISCOVERY_NOT_FOUND', { discovery: reference })
}

/** Cancels a discovery: what is known stays. One that has ended stays as it is. Errors: DISCOVERY_NOT_FOUND. */
export function cancelDiscovery(read: Evaluation, request: CancelDiscoveryRequest): readonly Write[] {
  const stored = discoveryByReference(read, request.discovery)
  if (!isOpen(stored.value.runState)) return [keep(discoveries, stored)]
  const open = read.bucket(discoveryTargets, 'discovery', stored.key).filter(({ value }) => isOpen(value.runState))
  return [
    ended(read, stored, RunState.CANCELLED, ''),
    ...open.map(({ value }) => put(discoveryTargets, { ...value, runState: RunState.CANCELLED })),
  ]
}

/** Ends a discovery all of whose BMCs have ended. Anything else stays as it is. */
export function finishDiscovery(read: Evaluation, request: { readonly discoveryId: string }): readonly Write[] {
  const stored = discoveryByReference(read, request.discoveryId)
  const targets = read.bucket(discoveryTargets, 'discovery', stored.key)
  const open = targets.some(({ value }) => isOpen(value.runState))
  if (open || !isOpen(stored.value.runState)) return [keep(discoveries, stored)]
  const failed = targets.filter(({ value }) => value.runState === RunState.FAILED)
  const state = failed.length > 0 ? RunState.FAILED : RunState.COMPLETED
  return [ended(read, stored, state, explain(failed.map(({ value }) => value)))]
}

function ended(
  read: Evaluation,
  stored: Stored<RowOf<typeof discoveries>>,
  runState: RunState,
  errorMessage: string,
): Write {
  const now = BigInt(read.timeMs)
  return put(discoveries, { ...stored.value, runState, errorMessage, lastUpdatedMs: now, completedMs: now })
}

function explain(failed: readonly RowOf<typeof discoveryTargets>[]): string {
  const [first] = failed
  if (first === undefined) return ''
  const names = foldNodeset(failed.map((target) => target.xname))
  return `${names}: ${first.lastError}${failed.length > 1 ? ' (the others stand in discovery get)' : ''}`
}

/** Forgets the oldest ended discovery above the bound, with its targets. Nothing is forgotten while none is above. */
export function tidyDiscoveries(read: Evaluation, _request: Record<string, never>): readonly Write[] {
  if (read.size(discoveries) <= discoveriesKeptMax) return []
  // Ids begin with the log time at which they were drawn: the first one is the oldest.
  for (const stored of read.all(discoveries)) if (!isOpen(stored.value.runState)) return [remove(discoveries, stored)]
  return []
}
