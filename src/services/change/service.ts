import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import type { WatchChangesRequest, WatchChangesResponseSchema } from '../../gen/trivet/change/v1/change_pb.ts'
import { ChangeService, ChangeType } from '../../gen/trivet/change/v1/change_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import { service, watch } from '../kernel/method.ts'
import type { ChangedRow, WatchContext } from '../kernel/watch-context.ts'

type Answer = MessageInitShape<typeof WatchChangesResponseSchema>

/** The one stream over everything that changes. */
export const change = service(ChangeService, { watchChanges: watch(watchChanges) })

async function* watchChanges(context: WatchContext, request: WatchChangesRequest): AsyncIterable<Answer> {
  const { incarnation } = context.reader()
  if (request.incarnation !== '' && request.incarnation !== incarnation) {
    throw trivetError('INCARNATION_MISMATCH', { given: request.incarnation, present: incarnation })
  }
  const events = context.changes({
    afterRevision: request.afterRevision === undefined ? undefined : Number(request.afterRevision),
    tables: request.kinds.length === 0 ? undefined : request.kinds,
  })
  for await (const event of events) {
    const revision = BigInt(event.revision)
    if (event.kind === 'bookmark') {
      yield { revision, incarnation, bookmark: true }
      continue
    }
    const { timeMs, principal, method, reason, requestId } = event
    yield {
      revision,
      incarnation,
      time: timestampFromMs(timeMs),
      principal,
      method,
      reason,
      requestId,
      changes: event.rows.map(({ table, key, ...row }) => ({ kind: table, key, type: typeOf(row) })),
    }
  }
}

function typeOf(row: Pick<ChangedRow, 'before' | 'after'>): ChangeType {
  if (row.after === undefined) return ChangeType.DELETED
  return row.before === undefined ? ChangeType.CREATED : ChangeType.UPDATED
}
