import type { ErrorFacts } from '../errors.ts'

/** Names, ids and other texts that do not parse, and groups that are not there. */
export const nameErrors = {
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
  LABEL_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{label} is the {kind} of no machine: {reason}',
    remedy: 'leave it out, or write what `dmidecode` and the BMC say',
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
  SEAL_BROKEN: {
    grpc: 'FAILED_PRECONDITION',
    http: 500,
    exit: 1,
    message: 'the secret of {table} {key} cannot be opened: it was sealed with key {keyId}, or was changed since',
    remedy: 'give the peer the sealing key that the site uses, or set the secret again',
  },
  FIELD_UNKNOWN: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'the leader is of an older release and does not know field {fields} of {message}; nothing was changed',
    remedy: 'leave the field out until every peer runs the new release',
  },
} as const satisfies Record<string, ErrorFacts>
