import type { ErrorFacts } from '../errors.ts'

/** What a peer or the cluster cannot do now, and defects. */
export const availabilityErrors = {
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
    remedy: 'repeat it under this request id (`--request-id {requestId}`): it is carried out once',
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
  STATE_DISPUTED: {
    grpc: 'DATA_LOSS',
    http: 503,
    exit: 5,
    message: 'the peers do not agree about the state: {reason}; nothing was changed',
    remedy: 'nothing is written until a majority agrees; keep the data directories of all peers for analysis',
  },
  STORAGE_FULL: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 507,
    exit: 5,
    message: 'the disks of the peers have no room: {reason}; nothing was changed. Only reads and deletions are taken',
    remedy:
      'make room on that disk, or raise --storage-quota; writes are taken again by themselves. Delete what is not needed',
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
} as const satisfies Record<string, ErrorFacts>
