import type { ErrorFacts } from '../errors.ts'

/** A peer that cannot or must not start. */
export const startErrors = {
  USAGE: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{reason}',
    remedy: '{help}',
  },
  CONFIG_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 65,
    message: '{where}: {reason}',
    remedy: '`trivet serve --help` lists the settings',
  },
  LISTENER_NOT_LOOPBACK: {
    grpc: 'FAILED_PRECONDITION',
    http: 400,
    exit: 65,
    message: '{setting} {address} is reachable from outside, and TLS and authentication cannot be configured yet',
    remedy: 'use a loopback address; only node-listen may leave it',
  },
  SEAL_KEY_INVALID: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 65,
    message: 'sealing key file {file}: {reason}',
    remedy:
      'give the peer the key that its site uses; only a new site makes a new one: umask 077; openssl rand -base64 32 > FILE',
  },
} as const satisfies Record<string, ErrorFacts>
