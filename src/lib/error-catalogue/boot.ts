import type { ErrorFacts } from '../errors.ts'

/** Boot configurations, runtime configurations and templates. */
export const bootErrors = {
  BOOT_CONFIGURATION_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no boot configuration {reference}{suggestion}',
    remedy: '`trivet boot-configuration list` shows them all',
  },
  RUNTIME_CONFIGURATION_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no runtime configuration {reference}{suggestion}',
    remedy: '`trivet runtime-configuration list` shows them all',
  },
  TEMPLATE_NOT_FOUND: {
    grpc: 'NOT_FOUND',
    http: 404,
    exit: 3,
    message: 'there is no template {reference}{suggestion}',
    remedy: '`trivet template list` shows them all',
  },
  TEMPLATE_REFERENCE_MISSING: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'field {field} names {reference}, and there is no such {kind}{suggestion}',
    remedy: '`trivet {noun} list` shows them all',
  },
  NAME_IN_USE: {
    grpc: 'ALREADY_EXISTS',
    http: 409,
    exit: 6,
    message: 'there is a {kind} {name} already, since revision {revision}',
    remedy: 'choose another name, or update the one that is there',
  },
  URL_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{field}: {url} cannot be used, at offset {offset}: {reason}',
    remedy: 'give the full URL, for example http://files.example/vmlinuz',
  },
  PARAMETERS_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: 'kernel parameters cannot be used, at offset {offset}: {reason}',
    remedy: 'write them on one line, separated by spaces',
  },
  DOCUMENT_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    http: 400,
    exit: 2,
    message: '{field}, line {line}, column {column}: {reason}',
    remedy: 'correct the document; nothing was kept',
  },
  TOO_MANY_REVISIONS: {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    exit: 6,
    message: '{kind} {name} has {limit} revisions, which is the most',
    remedy: 'create a new one and let templates name it',
  },
  CONFIGURATION_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: '{kind} {name} is pinned by revisions of template {templates}',
    remedy: 'delete those templates first',
  },
  TEMPLATE_IN_USE: {
    grpc: 'FAILED_PRECONDITION',
    http: 409,
    exit: 6,
    message: 'template {template} is used by {users}',
    remedy: 'wait for the session, or cancel it; nodes that boot it have to boot another template first',
  },
} as const satisfies Record<string, ErrorFacts>
