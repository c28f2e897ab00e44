import type { History, Recorded } from '../format/history.ts'
import type { Read, Write } from '../format/operation.ts'
import { isWrite } from '../format/operation.ts'
import type { Call, Seen } from './call.ts'
import { callsOfRequest, contradictionsOf } from './request.ts'
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
  const requests = new Map<string, Recorded<Write>[]>()
  for (const record of history.operations) {
    if (!isWrite(record.operation)) calls.push(...seenBy(record as Recorded<Read>))
    else if (record.request === undefined) calls.push(...callsOfRequest([record as Recorded<Write>]))
    else {
      const tries = requests.get(record.request)
      if (tries === undefined) requests.set(record.request, [record as Recorded<Write>])
      else tries.push(record as Recorded<Write>)
    }
  }
  for (const tries of requests.values()) calls.push(...callsOfRequest(tries))
  return {
    calls: calls.sort((one, other) => one.begin - other.begin),
    violations: [...requests.values()].flatMap((tries) => (tries.length === 1 ? [] : contradictionsOf(tries))),
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
