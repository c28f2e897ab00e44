import type { ErrorFacts } from '../errors.ts'

/** What the replicated state refuses by itself, whatever the domain. */
export const stateErrors = {
  UNIQUE_KEY_IN_USE: {
    grpc: 'ALREADY_EXISTS',
    http: 409,
    exit: 6,
    message: '{kind} {index} {value} is in use by {holder} since {since}',
    remedy: 'choose another one, or change or delete the one that has it',
  },
  CHANGES_COMPACTED: {
    grpc: 'OUT_OF_RANGE',
    http: 410,
    exit: 6,
    message: 'the changes behind revision {after} are no longer kept; the oldest kept one is {oldest}',
    remedy: 'list again, and watch from the revision of the list',
  },
  WATCH_TOO_SLOW: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    exit: 5,
    message: 'the watch fell behind by more than is kept for it: it stands at revision {at}, the state at {present}',
    remedy: 'resume behind the last revision that you have; read faster, or watch fewer tables',
  },
} as const satisfies Record<string, ErrorFacts>
