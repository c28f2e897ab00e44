import type { ErrorFacts } from '../errors.ts'

/** Discoveries, sessions and power transitions. */
export const runErrors = {
  DISCOVERY_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no discovery {discovery}',
    remedy: '`trivet discovery list` shows them all',
  },
  NOTHING_TO_DISCOVER: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: '0 BMCs; nothing was started',
    remedy: 'add BMCs first: trivet bmc import FILE',
  },
  CREDENTIAL_MISSING: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'no credential is set for BMC {bmc}',
    remedy: "trivet credential set '*' --username USER",
  },
  SESSION_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no session {session}',
    remedy: '`trivet session list` shows them all',
  },
  TRANSITION_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no power transition {transition}',
    remedy: '`trivet transition list` shows them all',
  },
} as const satisfies Record<string, ErrorFacts>
