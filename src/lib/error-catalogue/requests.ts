import type { ErrorFacts } from '../errors.ts'

/** What is wrong with a request as such. */
export const requestErrors = {
  INVALID_REQUEST: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'the request is not valid: {reason}',
    remedy: 'correct what is named and send it again; the command with `--help` says what each field takes',
  },
  ETAG_MISMATCH: {
    grpc: 'ABORTED',
    http: 412,
    exit: 6,
    message: '{kind} {name} has changed since you read it: you hold etag {given}, it has {present}',
    remedy: 'read it again, look at what changed, and repeat the change',
  },
  REQUEST_ID_REUSED: {
    grpc: 'ALREADY_EXISTS',
    http: 409,
    exit: 6,
    message: 'request id {requestId} was used for another request',
    remedy: 'draw a new request id for each request; keep it only for retries of the same one',
  },
  REQUEST_ID_TOO_OLD: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'request id {requestId} is older than the outcomes that are kept; whether it was executed is not known',
    remedy: 'read the present state, then send the request with a new id if it is still wanted',
  },
  REQUEST_ID_IN_FUTURE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'request id {requestId} is {aheadMs} ms ahead of log time; at most {limitMs} ms are accepted',
    remedy: 'draw request ids by log time, which every answer repeats',
  },
  INCARNATION_MISMATCH: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'the request belongs to incarnation {given}; the cluster is incarnation {present}',
    remedy: 'the state was restored since: list again, then send a new request',
  },
  TRANSACTION_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    exit: 2,
    message: 'the change needs {amount} {unit}; one transaction holds at most {limit}',
    remedy: 'split it into smaller changes',
  },
} as const satisfies Record<string, ErrorFacts>
