import type { ErrorFacts } from '../errors.ts'

/** What a client meets on its way to a peer. */
export const callErrors = {
  UNREACHABLE: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 5,
    message: 'no answer from {address}: {reason}',
    remedy: 'check that trivet runs there and that the address is its API listener (`--server`, several by commas)',
  },
  METHOD_UNKNOWN: {
    grpc: 'UNIMPLEMENTED',
    http: 501,
    exit: 2,
    message: '{address} does not know {method}',
    remedy: 'it runs another release, or is not the API listener of a trivet',
  },
  MESSAGE_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    exit: 2,
    message: '{what} has {sizeBytes} bytes; at most {limitBytes} are sent in one message',
    remedy: 'split it, or ask for smaller pages',
  },
  SERVICE_UNKNOWN: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'no service {service} is served here',
    remedy: 'ask for "" (the whole peer), "leader", or a service that reflection lists',
  },
  LISTEN_FAILED: {
    grpc: 'UNAVAILABLE',
    http: 503,
    exit: 65,
    message: 'cannot listen on {address}: {reason}',
    remedy: 'give another address, or port 0 for any free one',
  },
} as const satisfies Record<string, ErrorFacts>
