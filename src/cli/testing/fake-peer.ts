import type { DescMethod, Message } from '@bufbuild/protobuf'
import { services } from '../../gen/cli/services.ts'
import { trivetError } from '../../lib/errors.ts'
import type { CallContext } from '../../rpc/call-context.ts'
import { tellingClusterTime } from '../../rpc/cluster-time.ts'
import { serve, type RpcServer } from '../../rpc/server.ts'
import { streamsAnswers, type BoundService, type UntypedImplementation } from '../../rpc/service.ts'
import { validating } from '../../rpc/validating.ts'

/** A request as its handler sees it: a message, whose fields are looked at by name. */
export type SeenRequest = Readonly<Record<string, unknown>>

/** Answers one method: with an init of the answer, or several of them. */
export type FakeHandler = (request: SeenRequest, call: CallContext) => object | Promise<object> | AsyncIterable<object>

/** A listening server that speaks the real API, checks requests as a peer does, and answers what a test says. */
export interface FakePeer {
  readonly address: string
  /** The requests that came, in order. */
  readonly seen: readonly { readonly method: string; readonly request: SeenRequest }[]
  stop(): Promise<void>
}

/** Log time of every fake peer. */
export const fakeLogTimeMs = 1_000_000

/** Serves every service of the API on a free port. Methods without a handler are METHOD_UNKNOWN. */
export async function startFakePeer(handlers: Readonly<Record<string, FakeHandler>>): Promise<FakePeer> {
  const seen: { method: string; request: SeenRequest }[] = []
  const status = (): object => ({ logTimeMs: BigInt(fakeLogTimeMs), incarnation: 'inc1' })
  const all: Readonly<Record<string, FakeHandler>> = { GetPeerStatus: status, ...handlers }
  const take = (method: DescMethod): UntypedImplementation => implementation(method, all[method.name], seen)
  const bound: BoundService[] = []
  for (const load of Object.values(services)) {
    const descriptor = await load()
    const methods = descriptor.methods.map((method) => [method.localName, take(method)])
    bound.push({ descriptor, implementation: Object.fromEntries(methods) })
  }
  const server: RpcServer = await serve({
    listen: '127.0.0.1:0',
    services: bound,
    interceptors: [tellingClusterTime(() => ({ logTimeMs: fakeLogTimeMs, incarnation: 'inc1' })), validating(bound)],
    onDefect: ({ error }) => {
      throw error
    },
  })
  return { address: server.address, seen, stop: () => server.stop({ graceMs: 200 }) }
}

function implementation(
  method: DescMethod,
  handler: FakeHandler | undefined,
  seen: { method: string; request: SeenRequest }[],
): UntypedImplementation {
  const answer = (request: Message | AsyncIterable<Message>, call: CallContext) => {
    seen.push({ method: method.name, request: request as unknown as SeenRequest })
    if (handler === undefined) throw trivetError('METHOD_UNKNOWN', { address: 'the fake peer', method: method.name })
    return handler(request as unknown as SeenRequest, call)
  }
  if (!streamsAnswers(method)) return async (request, call) => (await answer(request, call)) as object
  return async function* (request, call) {
    yield* answer(request, call) as AsyncIterable<object>
  }
}
