import type { ErrorFacts } from '../errors.ts'

/** Peers, the connections between them, and their data directories. */
export const peerErrors = {
  DATA_DIRECTORY_FOREIGN: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 42,
    message:
      'data directory {directory} belongs to peer {foundPeer} of cluster {foundCluster}; ' +
      'this is peer {wantedPeer} of cluster {wantedCluster}; nothing was changed',
    remedy: 'give this peer its own data directory, or start it with the peer list and token of that cluster',
  },
  DATA_DIRECTORY_LOCKED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'data directory {directory} is in use by another process',
    remedy: 'stop the other process, or give this peer a data directory of its own',
  },
  DATA_FORMAT_UNKNOWN: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 42,
    message: 'data directory {directory} has format {found}; this release reads format {known}; nothing was changed',
    remedy: 'start the release that wrote it, or a newer one',
  },
  LONE_PEER_DAMAGED: {
    grpc: 'DATA_LOSS',
    http: 500,
    exit: 42,
    message: 'data directory {directory} of this only voter is damaged: {reason}; it does not start',
    remedy:
      'nobody else has what is lost: `trivet recovery plan` says exactly what that is, and `trivet recovery apply` ' +
      'goes on without it; or restore a backup into an empty directory',
  },
  RECOVERY_REFUSED: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'a recovery is not possible so: {reason}; nothing was changed',
    remedy: 'stop all peers, give the data directories of all of them, and plan again',
  },
  RECOVERY_UNFINISHED: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 42,
    message: 'a recovery of data directory {directory} was interrupted: only a part of it is in place',
    remedy:
      'while all peers are stopped, `trivet recovery apply` with the plan that was applied puts the rest in place',
  },
  PEER_LISTENER_NOT_LOOPBACK: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 65,
    message: 'the peer listener may not listen on {address}: only loopback addresses are allowed without TLS',
    remedy: 'use an address of 127.0.0.0/8 or ::1',
  },
} as const satisfies Record<string, ErrorFacts>
