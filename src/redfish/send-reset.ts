import { isTrivetError, trivetError, type TrivetError } from '../lib/errors.ts'
import type { BmcClient } from './bmc-client.ts'
import { linkedPath } from './link.ts'
import { redfishError } from './mapping/redfish-error.ts'
import { resetAnswer } from './mapping/reset-answer.ts'
import { retryAfterMs } from './mapping/retry-after.ts'
import type { ResetAnswer, ResetGuard, ResetRequest } from './port.ts'
import type { BmcProfile } from './quirks.ts'
import type { BmcSession } from './session.ts'
import { transportError } from './transport-error.ts'
import { untilAborted } from './until-aborted.ts'

/** What a reset needs of its connection. */
export interface ResetContext {
  readonly address: string
  readonly client: BmcClient
  readonly session: BmcSession
  readonly profile: BmcProfile
  readonly signal: AbortSignal
  /** Reads the system, so that the connection is open and the session good right before the command. */
  readonly warmUp: (systemPath: string, signal: AbortSignal) => Promise<void>
}

/**
 * Sends one reset, once. All waiting (connecting, logging in) comes before the guard; between the guard and the write
 * there is none. What went wrong before the write is `not_sent`; after it, without proof of an outcome, `unknown`.
 */
export async function sendReset(request: ResetRequest, guard: ResetGuard, context: ResetContext): Promise<ResetAnswer> {
  const { client, session, signal, address } = context
  const path = linkedPath(request.target)
  if (path === undefined) return notSent(foreignTarget(address, request.target))
  let headers
  try {
    await context.warmUp(request.systemPath, signal)
    headers = await untilAborted(session.headers(), signal)
  } catch (error) {
    if (isTrivetError(error)) return notSent(error)
    throw error
  }

  const defect: { error?: unknown } = {}
  const outcome = await client.sendOnce({
    method: 'POST',
    path,
    headers,
    body: { ResetType: request.type },
    signal,
    apart: !context.profile.keepAlive,
    guard: () => {
      try {
        return !signal.aborted && guard()
      } catch (error) {
        defect.error = error
        return false
      }
    },
  })
  // A guard that throws is a defect of the caller; nothing was sent.
  if ('error' in defect) throw defect.error

  if (outcome.kind === 'failure') {
    if (outcome.status !== undefined && outcome.status >= 200 && outcome.status < 300) {
      return { kind: 'accepted', httpStatus: outcome.status }
    }
    if (outcome.cause.kind === 'guard') return { kind: 'guard_refused' }
    const reason = transportError(outcome, {
      address,
      request: `POST ${path}`,
      timeoutMs: client.requestTimeoutMs,
    })
    return outcome.sent ? { kind: 'unknown', reason } : notSent(reason)
  }

  const answer = client.read(outcome, `POST ${path}`)
  if (answer.status === 401) session.refused(headers, 401)
  const error = redfishError(answer.document)
  const judged = resetAnswer(
    { httpStatus: answer.status, error, retryAfterMs: retryAfterMs(answer.headers.get('retry-after')) },
    context.profile,
  )
  if (judged !== undefined) return judged
  const text = error.text === '' ? 'no reason given' : error.text
  return {
    kind: 'unknown',
    reason: trivetError('BMC_REQUEST_REFUSED', { address, status: answer.status, request: `POST ${path}`, text }),
  }
}

function notSent(reason: TrivetError): ResetAnswer {
  return { kind: 'not_sent', reason }
}

function foreignTarget(address: string, target: string): TrivetError {
  const text = 'the target does not lie below /redfish/v1'
  return trivetError('BMC_REQUEST_REFUSED', { address, status: 0, request: `POST ${target.slice(0, 80)}`, text })
}
