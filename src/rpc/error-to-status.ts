import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack } from '@bufbuild/protobuf/wkt'
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema } from '../gen/google/rpc/error_details_pb.ts'
import { StatusSchema } from '../gen/google/rpc/status_pb.ts'
import { factsOf, TrivetError, trivetError, type ErrorValue } from '../lib/errors.ts'
import { errorDetailsSizeBytesMax, errorTextSizeMax, violationsMax } from './limits.ts'
import { wireErrorOf, type WireError } from './remote-error.ts'
import { statusNumbers } from './status-codes.ts'

/** The trailer of the gRPC convention for rich errors; it holds a `google.rpc.Status`. */
export const statusDetailsTrailer = 'grpc-status-details-bin'

/** Says in `google.rpc.ErrorInfo` whose codes these are. */
export const errorDomain = 'trivet'

/** The key of `ErrorInfo.metadata` that holds what to do; the other keys are the parameters of the message. */
export const remedyKey = 'remedy'

/** How an error leaves: the status line, and the details for programs. */
export interface OutgoingStatus {
  readonly code: number
  readonly details: string
  /** The bytes of `grpc-status-details-bin`. */
  readonly detailsBin: Buffer
}

/**
 * What the caller may see of an error. One of our catalogue, or one that another peer sent, passes with all it says;
 * anything else is a defect and becomes INTERNAL with the request id alone, because its text may hold what the caller
 * must not see.
 */
export function wireErrorFor(error: unknown, requestId: string): WireError {
  const received = wireErrorOf(error)
  if (received !== undefined) return received.requestId === '' ? { ...received, requestId } : received
  const ours = error instanceof TrivetError ? error : trivetError('INTERNAL', { requestId })
  return {
    status: factsOf(ours.code).grpc,
    code: ours.code,
    message: ours.message,
    remedy: ours.remedy,
    params: Object.fromEntries(Object.entries(ours.params).map(([name, value]) => [name, asText(value)])),
    violations: ours.violations,
    requestId,
  }
}

/** The status of an error, within the limits of what HTTP/2 takes as trailers. */
export function statusOf(wire: WireError): OutgoingStatus {
  for (let violations = violationsMax; ; violations = Math.floor(violations / 2)) {
    const detailsBin = detailsOf(wire, violations)
    // The last round keeps the code and drops the rest: programs compare with codes, and people have the text.
    const fits = detailsBin.byteLength <= errorDetailsSizeBytesMax
    if (fits || violations === 0) {
      return {
        code: statusNumbers[wire.status],
        details: shortened(wire.message),
        detailsBin: fits ? detailsBin : detailsOf({ ...wire, params: {} }, 0),
      }
    }
  }
}

function detailsOf(wire: WireError, violations: number): Buffer {
  const details = [
    anyPack(
      ErrorInfoSchema,
      create(ErrorInfoSchema, {
        reason: wire.code,
        domain: errorDomain,
        metadata: { ...wire.params, [remedyKey]: shortened(wire.remedy) },
      }),
    ),
    anyPack(RequestInfoSchema, create(RequestInfoSchema, { requestId: wire.requestId })),
  ]
  if (violations > 0 && wire.violations.length > 0) {
    const fieldViolations = wire.violations
      .slice(0, violations)
      .map(({ field, description }) => ({ field, description }))
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })))
  }
  const status = create(StatusSchema, { code: statusNumbers[wire.status], message: shortened(wire.message), details })
  return Buffer.from(toBinary(StatusSchema, status))
}

/** Cut at the limit; never through a surrogate pair, on which grpc-js (`encodeURI`) and protobuf both throw. */
function shortened(text: string): string {
  return text.slice(0, errorTextSizeMax).toWellFormed()
}

function asText(value: ErrorValue): string {
  return (Array.isArray(value) ? value.join(', ') : String(value)).toWellFormed()
}
