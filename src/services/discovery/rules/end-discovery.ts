import { trivetError } from '../../../lib/errors.ts'
import type { CancelDiscoveryRequest } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { RunState } from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import { foldNodeset } from '../../../lib/nodeset-fold.ts'
import type { Evaluation, Reader, Stored } from '../../../state/read.ts'
import type { RowOf } from '../../../state/table.ts'
import type { Write } from '../../../state/write.ts'
import { keep, put, remove } from '../../../state/write.ts'
import { discoveries, discoveryTargets, isOpen } from '../tables.ts'
import { discoveriesKeptMax, discoveryTargetsMax } from './start-discovery.ts'

/** Rows that a transaction may still remove beside what it is about. */
const removedRowsMax = 950 - discoveryTargetsMax

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

/** Ends a discovery all of whose BMCs have ended, and forgets old ones. Anything else stays as it is. */
export function finishDiscovery(read: Evaluation, request: { readonly discoveryId: string }): readonly Write[] {
  const stored = discoveryByReference(read, request.discoveryId)
  const targets = read.bucket(discoveryTargets, 'discovery', stored.key)
  const open = targets.some(({ value }) => isOpen(value.runState))
  if (open || !isOpen(stored.value.runState)) return [keep(discoveries, stored)]
  const failed = targets.filter(({ value }) => value.runState === RunState.FAILED)
  const state = failed.length > 0 ? RunState.FAILED : RunState.COMPLETED
  return [ended(read, stored, state, explain(failed.map(({ value }) => value))), ...forgotten(read)]
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

/** The oldest ended discoveries above the bound, as far as they fit this transaction. */
function forgotten(read: Evaluation): Write[] {
  const writes: Write[] = []
  let above = read.size(discoveries) - discoveriesKeptMax
  const oldest = [...read.all(discoveries)]
    .filter(({ value }) => !isOpen(value.runState))
    .sort((a, b) => Number(a.value.createdMs - b.value.createdMs))
  for (const stored of oldest) {
    if (above <= 0) break
    const targets = read.bucket(discoveryTargets, 'discovery', stored.key)
    if (writes.length + targets.length + 1 > discoveryTargetsMax + removedRowsMax) break
    writes.push(remove(discoveries, stored), ...targets.map((target) => remove(discoveryTargets, target)))
    above -= 1
  }
  return writes
}
