import type { MessageInitShape } from '@bufbuild/protobuf'
import { durationFromMs } from '@bufbuild/protobuf/wkt'
import type { SessionSchema, SessionTargetSchema } from '../../../gen/trivet/session/v1/session_pb.ts'
import { TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import { compareNatural } from '../../../lib/natural-order.ts'
import type { Reader } from '../../../state/read.ts'
import { stamps, timestamp } from '../../kernel/timestamps.ts'
import type { StoredSession, StoredTarget } from '../rules/references.ts'
import { sessionTargets } from '../tables.ts'

/** A session as the API shows it. */
export function sessionAnswer(read: Reader, stored: StoredSession): MessageInitShape<typeof SessionSchema> {
  const row = stored.value
  const count = (step: TargetStep) => read.count(sessionTargets, 'step', `${row.id}/${step}`)
  return {
    ...stamps(row),
    id: row.id,
    etag: read.etag(stored),
    templateId: row.templateId,
    templateName: row.templateName,
    templateRevision: row.templateRevision,
    groupName: row.groupName,
    sessionState: row.sessionState,
    errorMessage: row.errorMessage,
    retryCount: retriesOf(read, row.id),
    completedAt: timestamp(row.completedMs),
    operation: row.operation,
    nodes: row.nodes,
    total: row.total,
    succeeded: count(TargetStep.SUCCEEDED),
    failed: count(TargetStep.FAILED),
    cancelled: count(TargetStep.CANCELLED),
    powerTimeout: durationFromMs(row.powerTimeoutMs),
    bootTimeout: durationFromMs(row.bootTimeoutMs),
    retries: row.retries,
    maxInFlight: row.maxInFlight,
    principal: row.principal,
  }
}

/** A target as the API shows it. */
export function targetAnswer({ value }: StoredTarget): MessageInitShape<typeof SessionTargetSchema> {
  const { sessionId, nodeId, xname, step, attempt, lastError, lastUpdatedMs } = value
  return { sessionId, nodeId, xname, step, attempt, lastError, lastUpdated: timestamp(lastUpdatedMs) }
}

/** The targets of a session in the order of their xnames. */
export function targetsOf(read: Reader, sessionId: string): readonly StoredTarget[] {
  return [...read.bucket(sessionTargets, 'session', sessionId)].sort((a, b) =>
    compareNatural(a.value.xname, b.value.xname),
  )
}

function retriesOf(read: Reader, sessionId: string): number {
  return read.bucket(sessionTargets, 'session', sessionId).reduce((sum, { value }) => sum + value.retriesUsed, 0)
}
