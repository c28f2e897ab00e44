import type { ErrorFacts } from './errors.ts'

/**
 * Every error that trivet gives, in one place. The code never changes once released; the texts may.
 * Message: what happened, to which thing. Remedy: what to do, a command where there is one.
 */
export const catalogue = {
  // Requests
  INVALID_REQUEST: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'the request is not valid: {reason}',
    remedy: '',
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
  // Names
  XNAME_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{xname} is not an xname: {reason}',
    remedy: 'an xname names a place, for example x1000c0s0b0n0: cabinet 1000, chassis 0, slot 0, BMC 0, node 0',
  },
  XNAME_WRONG_TYPE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{xname} is a {present} where a {wanted} is expected',
    remedy: '',
  },
  NODESET_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'nodeset {nodeset} is not valid at position {position}: {reason}',
    remedy: 'examples: x1000c0s[0-7]b0n[0-1], @compute, n[001-040]!n[003,007]',
  },
  NODESET_TOO_LARGE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'nodeset {nodeset} stands for {names} names; at most {limit} are taken; nothing was expanded',
    remedy: 'name fewer nodes, or a group',
  },
  GROUP_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no group {group}{suggestion}',
    remedy: '`trivet group list` shows them all',
  },
  ID_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{id} is not an id: {reason}',
    remedy: '',
  },
  UUID_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{uuid} is not a UUID: {reason}',
    remedy: '',
  },
  MAC_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{mac} is not a MAC address: {reason}',
    remedy: 'write six octets, for example 02:00:00:00:00:01',
  },
  DURATION_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{duration} is not a duration: {reason}',
    remedy: 'examples: 90s, 5m, 1h30m',
  },
  // Availability
  NO_LEADER: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'no leader answered within {waitedMs} ms; nothing was changed by this peer',
    remedy: 'check `trivet peer list`; a majority of the voters must be up and reach each other',
  },
  OUTCOME_UNKNOWN: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'contact to the leader was lost before the outcome of request {requestId} was known',
    remedy: 'retry with the same request id; the CLI does so by itself',
  },
  NOT_READY: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'this peer is not ready: {reason}',
    remedy: 'ask another peer, or wait; `/readyz?verbose` on the admin listener says what is missing',
  },
  PEER_DAMAGED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'this peer is damaged and serves nothing: {reason}',
    remedy: 'ask another peer; the reason stands in `/readyz?verbose`',
  },
  OVERLOADED: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    exit: 5,
    message: '{what} is full: {limit} {unit} at most',
    remedy: 'send fewer requests at once and retry',
  },
  DEADLINE_EXCEEDED: {
    grpc: 'DEADLINE_EXCEEDED',
    http: 504,
    exit: 7,
    message: '{what} did not finish within {limitMs} ms',
    remedy: '',
  },
  CANCELLED: { grpc: 'CANCELLED', http: 499, exit: 1, message: 'the caller cancelled the request', remedy: '' },
  INTERNAL: {
    grpc: 'INTERNAL',
    http: 500,
    exit: 1,
    message: 'a defect in trivet; request {requestId}',
    remedy: 'the log of the peer that answered has the details under this request id',
  },
} as const satisfies Record<string, ErrorFacts>
