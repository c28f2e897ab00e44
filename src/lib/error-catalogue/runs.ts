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
  RESET_TYPE_MISSING: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 1,
    message: 'the BMC at {address} offers no reset for {operation}: it allows {allowed}',
    remedy: 'discover the BMC again; its firmware may have changed',
  },
  NODE_NOT_MANAGED: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'no BMC is known for {node}',
    remedy: 'import its BMC and start a discovery',
  },
  SESSION_EMPTY: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: '0 targets: {what}; nothing was started',
    remedy: '`trivet group get GROUP` shows the members of a group',
  },
  SESSION_TARGETS_MISSING: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'a session needs a group or nodes, and not both',
    remedy: 'give --group-name or --nodes',
  },
  SESSION_OVERLAP: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'the session overlaps session {session} on {nodes}; nothing was started',
    remedy: 'wait for it, or cancel it: trivet session cancel {session}',
  },
  NODES_NOT_MANAGED: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'no BMC is known for {nodes}; nothing was started',
    remedy: 'import their BMCs and start a discovery, or leave them out with --limit',
  },
} as const satisfies Record<string, ErrorFacts>
