import type { ErrorFacts } from '../errors.ts'

/** Files that hold a whole state. */
export const snapshotErrors = {
  SNAPSHOT_INVALID: {
    grpc: 'DATA_LOSS',
    http: 500,
    exit: 2,
    message: '{file} is not a whole snapshot: {reason}',
    remedy: 'take another copy of it; what is in this one must not be used',
  },
  SNAPSHOT_FOREIGN: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: '{file} holds the state of cluster {found}, not of {wanted}',
    remedy: 'use a snapshot of this cluster',
  },
  SNAPSHOT_NEWER: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 2,
    message: '{file} is of a newer release: its form is {found}, and this release knows up to {known}',
    remedy: 'read it with the release that wrote it, or a newer one',
  },
} as const satisfies Record<string, ErrorFacts>
