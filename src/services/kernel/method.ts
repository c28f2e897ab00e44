import type {
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { Reader } from '../../state/read.ts'
import type { Rule } from '../../state/write.ts'
import type { Sealer } from './seal.ts'
import type { WatchContext } from './watch-context.ts'

/**
 * A method that only reads: a pure function of state and request. It is linearizable, unless the method's options say
 * that any peer may answer it from applied state.
 */
export interface ReadMethod<Request, Answer> {
  readonly kind: 'read'
  readonly handle: (read: Reader, request: Request) => Answer
}

/** A method that changes something: evaluated by the leader, answered from the state of the peer that took it. */
export interface WriteMethod<Request, Answer> {
  readonly kind: 'write'
  readonly rule: Rule<Request>
  readonly answer: AnswerOf<Request, Answer>
  readonly seal: SealSecrets<Request> | undefined
  readonly check: CheckRequest<Request> | undefined
}

/** Reads the answer of a write from the state of the peer that took it. */
export type AnswerOf<Request, Answer> = (read: Reader, written: Written, request: Request) => Answer

/** A write that was carried out, now or by an earlier try, and is applied on this peer. */
export interface Written {
  /** Key of the first row that its rule wrote. */
  readonly name: string
  /** Of its transaction. */
  readonly revision: number
}

/** A method that follows the state. */
export interface WatchMethod<Request, Answer> {
  readonly kind: 'watch'
  readonly handle: (context: WatchContext, request: Request) => AsyncIterable<Answer>
}

/** A method that asks about this peer itself, which no other can answer: neither state nor leader is asked. */
export interface LocalMethod<Request, Answer> {
  readonly kind: 'local'
  readonly handle: (request: Request) => Promise<Answer>
}

/**
 * Seals the secrets of a request where it arrives, before anything is forwarded or logged. Must be a function of the
 * request alone but for the nonces.
 */
export type SealSecrets<Request> = (sealer: Sealer, request: Request) => Request

/**
 * Refuses a request where it arrives, before anything is forwarded, by what it says alone: what is too dear for the
 * leader, or needs a library that rules do without. Throws a `TrivetError`.
 */
export type CheckRequest<Request> = (request: Request) => void

/** A linearizable or local read. */
export function read<Request, Answer>(handle: (read: Reader, request: Request) => Answer): ReadMethod<Request, Answer> {
  return { kind: 'read', handle }
}

/**
 * The whole way of a write, written once: validated → forwarded → authorised → evaluated → proposed → applied here →
 * answered. `answer` reads the resource that the rule's first write names; it has to do with one that is gone since.
 */
export function write<Request, Answer>(
  rule: Rule<Request>,
  answer: AnswerOf<Request, Answer>,
  options: { readonly seal?: SealSecrets<Request>; readonly check?: CheckRequest<Request> } = {},
): WriteMethod<Request, Answer> {
  return { kind: 'write', rule, answer, seal: options.seal, check: options.check }
}

/** A stream that follows applied state of the peer that was asked. */
export function watch<Request, Answer>(
  handle: (context: WatchContext, request: Request) => AsyncIterable<Answer>,
): WatchMethod<Request, Answer> {
  return { kind: 'watch', handle }
}

/** A question about the peer that was asked. */
export function local<Request, Answer>(handle: (request: Request) => Promise<Answer>): LocalMethod<Request, Answer> {
  return { kind: 'local', handle }
}

type Definition<Method> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ?
        | ReadMethod<MessageShape<Input>, MessageInitShape<Output>>
        | WriteMethod<MessageShape<Input>, MessageInitShape<Output>>
        | LocalMethod<MessageShape<Input>, MessageInitShape<Output>>
    : Method extends DescMethodServerStreaming<infer Input, infer Output>
      ? WatchMethod<MessageShape<Input>, MessageInitShape<Output>>
      : never

/** A definition for every method of a service, under its name with a small first letter. */
export type ServiceDefinition<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: Definition<Service['method'][Name]>
}

/** Any definition, its types forgotten. */
export type AnyMethod =
  | ReadMethod<unknown, object>
  | WriteMethod<unknown, object>
  | WatchMethod<unknown, object>
  | LocalMethod<unknown, object>

/** A service and how its methods work; the kernel binds it to this peer. */
export interface DefinedService {
  readonly descriptor: DescService
  readonly methods: ReadonlyMap<string, { readonly descriptor: DescMethod; readonly definition: AnyMethod }>
}

/** Puts a service together; a missing or misshapen method is a type error. */
export function service<Service extends DescService>(
  descriptor: Service,
  definition: ServiceDefinition<Service>,
): DefinedService {
  const untyped = definition as Readonly<Record<string, AnyMethod>>
  return {
    descriptor,
    methods: new Map(
      descriptor.methods.map((method) => [
        methodName(method),
        { descriptor: method, definition: untyped[method.localName]! },
      ]),
    ),
  }
}

/** `trivet.inventory.v1.InventoryService/CreateNode`, as the log keeps it. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`
}
