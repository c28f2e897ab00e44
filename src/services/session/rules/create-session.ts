import { trivetError } from '../../../lib/errors.ts'
import type { Duration } from '@bufbuild/protobuf/wkt'
import { durationMs } from '@bufbuild/protobuf/wkt'
import type { CreateSessionRequest } from '../../../gen/trivet/session/v1/session_pb.ts'
import { SessionOperation, SessionState, TargetStep } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { Evaluation } from '../../../state/read.ts'
import type { Write } from '../../../state/write.ts'
import { put } from '../../../state/write.ts'
import { templateByReference } from '../../boot/rules/references.ts'
import { foldNodes, membersOf, nodesOf } from '../../inventory/rules/nodeset.ts'
import type { StoredGroup, StoredNode } from '../../inventory/rules/references.ts'
import { groupByReference, onlyTenant } from '../../inventory/rules/references.ts'
import { isOpen, sessions, sessionTargets } from '../tables.ts'

/** Targets of one session, until a session is built in several transactions. */
export const sessionTargetsMax = 900

/** Sessions that may be open at once. */
export const openSessionsMax = 64

/** Settings of a session that gives none. */
export const standardSettings = { powerTimeoutMs: 120_000, bootTimeoutMs: 900_000, retries: 2 } as const

/**
 * Starts a session: freezes the newest revision of the template and the list of nodes. Nothing is sent before it is
 * committed. Errors: TEMPLATE_NOT_FOUND, SESSION_TARGETS_MISSING, SESSION_EMPTY, SESSION_OVERLAP, NODES_NOT_MANAGED,
 * TRANSACTION_TOO_LARGE, OVERLOADED, those of nodesets.
 */
export function createSession(read: Evaluation, request: CreateSessionRequest): readonly Write[] {
  const template = templateByReference(read, request.template)
  const group = request.groupName === '' ? undefined : groupByReference(read, request.groupName)
  const targets = targetsOf(read, request, group)
  requireStartable(read, targets)
  const id = read.newId('ses')
  const now = BigInt(read.timeMs)
  return [
    put(sessions, {
      id,
      tenant: onlyTenant,
      createdMs: now,
      lastUpdatedMs: now,
      operation: request.operation === SessionOperation.UNSPECIFIED ? SessionOperation.BOOT : request.operation,
      sessionState: SessionState.PENDING,
      templateId: template.key,
      templateRevision: template.value.newestRevision,
      templateName: template.value.name,
      groupId: group?.key ?? '',
      groupName: group?.value.name ?? '',
      nodes: foldNodes(targets),
      total: targets.length,
      principal: read.request.principal,
      powerTimeoutMs: milliseconds(request.powerTimeout, standardSettings.powerTimeoutMs),
      bootTimeoutMs: milliseconds(request.bootTimeout, standardSettings.bootTimeoutMs),
      retries: request.retries ?? standardSettings.retries,
      maxInFlight: request.maxInFlight,
    }),
    ...targets.map((node) =>
      put(sessionTargets, {
        sessionId: id,
        nodeId: node.key,
        xname: node.value.xname,
        step: TargetStep.QUEUED,
        lastUpdatedMs: now,
      }),
    ),
  ]
}

function targetsOf(
  read: Evaluation,
  request: CreateSessionRequest,
  group: StoredGroup | undefined,
): readonly StoredNode[] {
  if ((group === undefined) === (request.nodes === '')) throw trivetError('SESSION_TARGETS_MISSING', {})
  const named = group === undefined ? nodesOf(read, request.nodes) : membersOf(read, group.key)
  const limit = request.limit === '' ? undefined : new Set(nodesOf(read, request.limit).map((node) => node.key))
  const targets = limit === undefined ? named : named.filter((node) => limit.has(node.key))
  if (targets.length > 0) return targets
  const what =
    group === undefined ? `the nodeset ${request.nodes} is empty` : `group ${group.value.name} has no members`
  throw trivetError('SESSION_EMPTY', { what: named.length > 0 ? `the limit ${request.limit} leaves none` : what })
}

function requireStartable(read: Evaluation, targets: readonly StoredNode[]): void {
  if (targets.length > sessionTargetsMax) {
    const unit = 'targets of one session'
    throw trivetError('TRANSACTION_TOO_LARGE', { amount: targets.length, unit, limit: sessionTargetsMax })
  }
  if (read.count(sessions, 'open', 'open') >= openSessionsMax) {
    throw trivetError('OVERLOADED', { what: 'the list of open sessions', limit: openSessionsMax, unit: 'sessions' })
  }
  const unmanaged = targets.filter(({ value }) => value.bmcId === '' || value.redfishPath === '')
  if (unmanaged.length > 0) throw trivetError('NODES_NOT_MANAGED', { nodes: foldNodes(unmanaged) })
  requireNoOverlap(read, targets)
}

function requireNoOverlap(read: Evaluation, targets: readonly StoredNode[]): void {
  const shared = new Map<string, StoredNode[]>()
  for (const node of targets) {
    for (const { value } of read.bucket(sessionTargets, 'node', node.key)) {
      const session = read.get(sessions, value.sessionId)
      if (session === undefined || !isOpen(session.value.sessionState)) continue
      shared.set(session.key, [...(shared.get(session.key) ?? []), node])
    }
  }
  for (const [session, nodes] of shared) throw trivetError('SESSION_OVERLAP', { session, nodes: foldNodes(nodes) })
}

function milliseconds(duration: Duration | undefined, standardMs: number): number {
  return duration === undefined ? standardMs : Math.round(durationMs(duration))
}
