import type { History, Recorded } from '../format/history.ts'
import type { Read, Write } from '../format/operation.ts'
import { isWrite } from '../format/operation.ts'
import type { Call, Seen } from './call.ts'
import { RequestTries } from './request-tries.ts'
import type { Violation } from './violation.ts'

/**
 * What happened according to the clients, each request once, in the order of their beginnings; and the requests that
 * have more than one outcome. Reads without an answer and writes that failed for sure are left out: they say nothing.
 */
export function callsOf(history: History): {
  readonly calls: readonly Call[]
  readonly violations: readonly Violation[]
} {
  const calls: Call[] = []
  const requests = new Map<string, RequestTries>()
  const alone: RequestTries[] = []
  for (const record of history.operations) {
    if (!isWrite(record.operation)) calls.push(...seenBy(record as Recorded<Read>))
    else triesOf(record).add(record as Recorded<Write>)
  }
  const all = [...alone, ...requests.values()]
  for (const tries of all) calls.push(...tries.calls())
  return {
    calls: calls.sort((one, other) => one.begin - other.begin),
    violations: all.flatMap((tries) => tries.violations()),
  }

  function triesOf({ request }: Recorded): RequestTries {
    const found = request === undefined ? undefined : requests.get(request)
    if (found !== undefined) return found
    const tries = new RequestTries(request)
    if (request === undefined) alone.push(tries)
    else requests.set(request, tries)
    return tries
  }
}

function seenBy(source: Recorded<Read>): Seen[] {
  const { operation, result, begin, end } = source
  if (result.kind !== 'ok') return []
  const rows =
    operation.kind === 'get'
      ? [[operation.key, result.row ?? null] as const]
      : (result.rows ?? []).map((row) => [row.key, row] as const)
  return [{ kind: 'seen', operation, revision: result.revision, rows, begin, end, source }]
}
