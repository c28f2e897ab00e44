import { fromBinary } from '@bufbuild/protobuf'
import { anyUnpack } from '@bufbuild/protobuf/wkt'
import type { Metadata } from '@grpc/grpc-js'
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema } from '../gen/google/rpc/error_details_pb.ts'
import { StatusSchema } from '../gen/google/rpc/status_pb.ts'
import { isTrivetError, trivetError, type FieldViolation, type TrivetError } from '../lib/errors.ts'
import { connectionReason } from '../lib/system-reasons.ts'
import { errorDomain, remedyKey, statusDetailsTrailer } from './error-to-status.ts'
import { errorFromWire, type RemoteError, type WireError } from './remote-error.ts'
import { statusName } from './status-codes.ts'

/** A status other than OK, as grpc-js reports it: from the server's trailers, or made by grpc-js itself. */
export interface FailedStatus {
  readonly code: number
  readonly details: string
  readonly metadata?: Metadata | undefined
}

/** What the caller knows of the call, for the errors that no server wrote. */
export interface CallFacts {
  readonly address: string
  /** The path of the method. */
  readonly method: string
  readonly timeoutMs: number | undefined
  /** The caller itself cancelled the call. */
  readonly cancelled: boolean
}

/**
 * The error of a failed call. With our details it is what the server threw: same code, parameters and violations.
 * Without them the status was made on the way:
 * UNREACHABLE when the connection could not be made, or broke (whether the request was executed is then not known);
 * DEADLINE_EXCEEDED; CANCELLED when the caller did it; METHOD_UNKNOWN; else a RemoteError under the status's name.
 */
export function errorFromStatus(status: FailedStatus, call: CallFacts): TrivetError | RemoteError {
  const wire = wireErrorFrom(status)
  if (wire !== undefined) return errorFromWire(wire, status)
  const name = statusName(status.code)
  if (name === 'CANCELLED' && call.cancelled) return trivetError('CANCELLED', {}, { cause: status })
  if (name === 'DEADLINE_EXCEEDED' && call.timeoutMs !== undefined) {
    return trivetError('DEADLINE_EXCEEDED', { what: call.method, limitMs: call.timeoutMs }, { cause: status })
  }
  if (name === 'UNIMPLEMENTED') {
    return trivetError('METHOD_UNKNOWN', { method: call.method, address: call.address }, { cause: status })
  }
  if (isLostConnection(name, status.details)) {
    return trivetError(
      'UNREACHABLE',
      { address: call.address, reason: connectionReason(status.details) },
      { cause: status },
    )
  }
  return errorFromWire(
    { status: name, code: name, message: status.details, remedy: '', params: {}, violations: [], requestId: '' },
    status,
  )
}

/**
 * A stream that ends without a status of the server. grpc-js names it by the HTTP/2 code that Node made up: a
 * connection that a stopping server destroys shows as CANCELLED, a process that was killed as UNAVAILABLE or
 * INTERNAL ("Received RST_STREAM with code …"; grpc-js `subchannel-call.js`).
 */
function isLostConnection(name: string, details: string): boolean {
  return (
    name === 'UNAVAILABLE' || name === 'CANCELLED' || (name === 'INTERNAL' && details.startsWith('Received RST_STREAM'))
  )
}

/**
 * True when the request has certainly reached nobody: there was no connection to send it over. grpc-js says so with a
 * text (`picker.js`, `load-balancer-pick-first.js`); were it to change, more requests would be marked as retries
 * than need be, and none fewer.
 */
export function wasNeverSent(error: unknown): boolean {
  if (!isTrivetError(error, 'UNREACHABLE')) return false
  const { cause } = error as { readonly cause?: { readonly details?: unknown } }
  return typeof cause?.details === 'string' && cause.details.startsWith('No connection established')
}

/** What our server wrote into the status, or undefined when this status has no details of ours. */
function wireErrorFrom(status: FailedStatus): WireError | undefined {
  const [bytes] = status.metadata?.get(statusDetailsTrailer) ?? []
  if (!Buffer.isBuffer(bytes)) return undefined
  try {
    return unpacked(status.code, bytes)
  } catch {
    // Not a google.rpc.Status: something between us and the server wrote it. The plain status still says what happened.
    return undefined
  }
}

function unpacked(code: number, bytes: Buffer): WireError | undefined {
  const rich = fromBinary(StatusSchema, bytes)
  let info: { readonly reason: string; readonly metadata: Readonly<Record<string, string>> } | undefined
  let violations: FieldViolation[] = []
  let requestId = ''
  for (const detail of rich.details) {
    const errorInfo = anyUnpack(detail, ErrorInfoSchema)
    if (errorInfo?.domain === errorDomain) info = errorInfo
    const badRequest = anyUnpack(detail, BadRequestSchema)
    if (badRequest !== undefined) {
      violations = badRequest.fieldViolations.map(({ field, description }) => ({ field, description }))
    }
    requestId = anyUnpack(detail, RequestInfoSchema)?.requestId ?? requestId
  }
  if (info === undefined) return undefined
  const { [remedyKey]: remedy = '', ...params } = info.metadata
  return { status: statusName(code), code: info.reason, message: rich.message, remedy, params, violations, requestId }
}
