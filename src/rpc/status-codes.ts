import type { ExitCode, GrpcStatus } from '../lib/errors.ts'

/** The numbers of the gRPC status names, of the specification; they are on the wire and never change. */
export const statusNumbers = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const satisfies Record<GrpcStatus, number>

const namesByNumber = new Map<number, GrpcStatus>(
  Object.entries(statusNumbers).map(([name, number]) => [number, name as GrpcStatus]),
)

/** The name of a status number; one that the specification does not know is UNKNOWN, as it demands. */
export function statusName(number: number): GrpcStatus {
  return namesByNumber.get(number) ?? 'UNKNOWN'
}

/** How the other surfaces show an error of which only the gRPC status is understood. */
export const statusFacts = {
  CANCELLED: { http: 499, exit: 1 },
  UNKNOWN: { http: 500, exit: 1 },
  INVALID_ARGUMENT: { http: 400, exit: 2 },
  DEADLINE_EXCEEDED: { http: 504, exit: 7 },
  NOT_FOUND: { http: 404, exit: 3 },
  ALREADY_EXISTS: { http: 409, exit: 6 },
  PERMISSION_DENIED: { http: 403, exit: 4 },
  RESOURCE_EXHAUSTED: { http: 429, exit: 5 },
  FAILED_PRECONDITION: { http: 409, exit: 6 },
  ABORTED: { http: 409, exit: 6 },
  OUT_OF_RANGE: { http: 400, exit: 2 },
  UNIMPLEMENTED: { http: 501, exit: 2 },
  INTERNAL: { http: 500, exit: 1 },
  UNAVAILABLE: { http: 503, exit: 5 },
  DATA_LOSS: { http: 500, exit: 1 },
  UNAUTHENTICATED: { http: 401, exit: 4 },
} as const satisfies Record<GrpcStatus, { readonly http: number; readonly exit: ExitCode }>
