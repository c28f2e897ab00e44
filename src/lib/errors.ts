import { catalogue } from './error-catalogue.ts'

/** A stable code that programs may compare with; `docs/integrate/errors.md` lists them all. */
export type ErrorCode = keyof typeof catalogue

/** The names in braces of a message template, so that a missing or misspelt parameter is a type error. */
type Names<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never

type NamesOf<Code extends ErrorCode> =
  | Names<(typeof catalogue)[Code]['message']>
  | Names<(typeof catalogue)[Code]['remedy']>

/** What fills one brace. Lists are joined by commas. */
export type ErrorValue = string | number | bigint | readonly string[]

/** The parameters that the code's message and remedy name. */
export type ErrorParams<Code extends ErrorCode> = { readonly [Name in NamesOf<Code>]: ErrorValue }

/** One field of a request that breaks a rule. */
export interface FieldViolation {
  /** Path of the field, for example `bmcs[3].xname`. */
  readonly field: string
  /** What is wrong with it, with the limit or the form that it should have. */
  readonly description: string
}

/**
 * An error that a person sees: what happened, to which thing, and what to do.
 * Every error that leaves a service, and every one that rules throw, is of this class; anything else is a defect
 * and leaves as INTERNAL, without its text.
 */
export class TrivetError extends Error {
  override readonly name = 'TrivetError'
  readonly code: ErrorCode
  readonly params: Readonly<Record<string, ErrorValue>>
  readonly violations: readonly FieldViolation[]

  constructor(
    code: ErrorCode,
    params: Readonly<Record<string, ErrorValue>>,
    options: { readonly violations?: readonly FieldViolation[]; readonly cause?: unknown } = {},
  ) {
    super(fill(catalogue[code].message, params), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.params = params
    this.violations = options.violations ?? []
  }

  /** What to do about it, in one line; empty where nothing can be done. */
  get remedy(): string {
    return fill(catalogue[this.code].remedy, this.params)
  }
}

/** Makes the error of one code; the compiler checks its parameters against the template. */
export function trivetError<Code extends ErrorCode>(
  code: Code,
  params: ErrorParams<Code>,
  options?: { readonly violations?: readonly FieldViolation[]; readonly cause?: unknown },
): TrivetError {
  return new TrivetError(code, params, options)
}

/** True for an error of our catalogue with this code. */
export function isTrivetError(error: unknown, code?: ErrorCode): error is TrivetError {
  return error instanceof TrivetError && (code === undefined || error.code === code)
}

/** True for a code of this release's catalogue; a log or a newer peer may bring others. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

/** The facts of a code: gRPC status, HTTP status, exit code of the CLI, templates. */
export function factsOf(code: ErrorCode): ErrorFacts {
  return catalogue[code]
}

/** How each surface of trivet shows one code. */
export interface ErrorFacts {
  readonly grpc: GrpcStatus
  readonly http: number
  readonly exit: ExitCode
  /** Template with `{name}` parameters. */
  readonly message: string
  readonly remedy: string
}

/** The gRPC status names, as the specification spells them. */
export type GrpcStatus =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED'

/**
 * Exit codes of the program: 0 all right; 1 some targets failed, or a defect; 2 usage; 3 not found;
 * 4 authentication; 5 unavailable or no leader; 6 conflict; 7 time-out; 42 do not restart; 65 configuration.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 42 | 65

function fill(template: string, params: Readonly<Record<string, ErrorValue>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (brace, name: string) => {
    const value = params[name]
    if (value === undefined) return brace
    return Array.isArray(value) ? value.join(', ') : String(value)
  })
}
