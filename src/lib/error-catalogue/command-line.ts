import type { ErrorFacts } from '../errors.ts'

/** What the CLI finds wrong by itself. */
export const commandLineErrors = {
  FILE_UNREADABLE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'cannot read {file}: {reason}',
    remedy: 'name a file that can be read, or - for stdin',
  },
  FILE_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{file} is not valid: {reason}',
    remedy: '',
  },
  WORK_NOT_COMPLETED: {
    grpc: 'ABORTED',
    http: 409,
    exit: 1,
    message: '{kind} {id} is {state}{reason}',
    remedy: '`trivet {kind} get {id}` shows what became of each target',
  },
  LIST_TOO_LONG: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    exit: 2,
    message: '`trivet {command}` has more than {limit} {unit}; what was read so far is not shown',
    remedy: 'ask for less, by a nodeset for example',
  },
} as const satisfies Record<string, ErrorFacts>
