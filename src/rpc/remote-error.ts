import { catalogue } from '../lib/error-catalogue.ts'
import { TrivetError, type ErrorCode, type ExitCode, type FieldViolation, type GrpcStatus } from '../lib/errors.ts'
import { statusFacts } from './status-codes.ts'

/** An error as it travels: everything is text, and the sender's text, because the sender's catalogue may be newer. */
export interface WireError {
  readonly status: GrpcStatus
  /** The code of the sender's catalogue, which this program may not know. */
  readonly code: string
  readonly message: string
  /** What to do about it; empty where nothing can be done. */
  readonly remedy: string
  /** The parameters of the message; lists are joined by commas. */
  readonly params: Readonly<Record<string, string>>
  readonly violations: readonly FieldViolation[]
  /** The request id under which the server's log has the details; empty where it sent none. */
  readonly requestId: string
}

/**
 * An error of a server whose code this program does not know: the server is of a newer release, or not a trivet.
 * It shows what the server said; only the gRPC status is understood.
 */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly wire: WireError

  constructor(wire: WireError, options?: { readonly cause?: unknown }) {
    super(wire.message, options)
    this.wire = wire
  }

  get code(): string {
    return this.wire.code
  }

  get remedy(): string {
    return this.wire.remedy
  }

  get violations(): readonly FieldViolation[] {
    return this.wire.violations
  }

  /** How the other surfaces show it, by its status. */
  get facts(): { readonly grpc: GrpcStatus; readonly http: number; readonly exit: ExitCode } {
    return { grpc: this.wire.status, ...statusFacts[this.wire.status] }
  }
}

/** An error of our catalogue that came from a server: same code and parameters, and the server's own texts. */
class ReceivedError extends TrivetError {
  readonly wire: WireError

  constructor(code: ErrorCode, wire: WireError, cause: unknown) {
    super(code, wire.params, { violations: wire.violations, cause })
    this.message = wire.message
    this.wire = wire
  }

  override get remedy(): string {
    return this.wire.remedy
  }
}

/** The error of what a server sent: a TrivetError where its code is of our catalogue, else a RemoteError. */
export function errorFromWire(wire: WireError, cause?: unknown): TrivetError | RemoteError {
  return isErrorCode(wire.code) ? new ReceivedError(wire.code, wire, cause) : new RemoteError(wire, { cause })
}

/** What a server sent, or undefined for an error that was made on this side of the connection. */
export function wireErrorOf(error: unknown): WireError | undefined {
  return error instanceof RemoteError || error instanceof ReceivedError ? error.wire : undefined
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}
