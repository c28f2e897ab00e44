import { Metadata } from '@grpc/grpc-js'
import type { DescMethod } from '@bufbuild/protobuf'
import { create } from '@bufbuild/protobuf'
import type { Relay, StateHashes } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import { TrivetError } from '../../../lib/errors.ts'
import type { CallContext } from '../../../rpc/call-context.ts'
import { NotLeader } from '../../../state/not-leader.ts'
import { Refused } from '../../../state/refused.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import type { WriteAnswer, WriteRequest } from '../../../state/write-request.ts'
import type { Authorise } from '../authorise.ts'
import type { KernelPorts } from '../kernel.ts'
import { Kernel } from '../kernel.ts'
import { decode } from '../leader-link.ts'
import type { DefinedService } from '../method.ts'
import { Sealer } from '../seal.ts'

/** What a peer does with a write that reaches its write path. */
export type Submit = (request: WriteRequest) => Promise<WriteAnswer>

/** Peers with nothing below their kernels: one state, wires that a test can cut, and a write path that it can replace. */
export class FakePeers {
  readonly state: GivenState
  /** Every relayed message that was delivered. */
  readonly relayed: {
    readonly from: string
    readonly to: string
    readonly payload: Uint8Array
    readonly kind: Relay['kind']
  }[] = []
  leader = ''
  readonly #peers = new Map<string, FakePeer>()
  readonly #services: readonly DefinedService[]

  constructor(state: GivenState, names: readonly string[], services: readonly DefinedService[]) {
    this.state = state
    this.#services = services
    for (const name of names) this.#peers.set(name, new FakePeer(this, name, services))
  }

  peer(name: string): FakePeer {
    return this.#peers.get(name)!
  }

  /** Another peer leads, and all are told. */
  lead(name: string): void {
    this.leader = name
    for (const peer of this.#peers.values()) peer.kernel.leaderChanged(name)
  }

  /** The connection between two peers breaks: nothing passes until it is mended, and both notice. */
  cut(one: string, other: string): void {
    for (const [name, far] of [
      [one, other],
      [other, one],
    ] as const) {
      this.peer(name).connected.delete(far)
      this.peer(name).kernel.disconnected(far)
    }
  }

  mend(one: string, other: string): void {
    this.peer(one).connected.add(other)
    this.peer(other).connected.add(one)
  }

  deliver(from: string, to: string, payload: Uint8Array): boolean {
    if (!this.peer(from).connected.has(to)) return false
    this.relayed.push({ from, to, payload, kind: decode(payload) })
    queueMicrotask(() => this.peer(to).kernel.relayed(from, payload))
    return true
  }

  get names(): readonly string[] {
    return [...this.#peers.keys()]
  }

  /** Requests of a kind that were delivered, unpacked. */
  sent<Kind extends 'request' | 'answer' | 'cancel'>(kind: Kind) {
    return this.relayed.flatMap((message) =>
      message.kind.case === kind ? [message.kind.value as Extract<Relay['kind'], { case: Kind }>['value']] : [],
    )
  }

  method(name: string): { readonly descriptor: DescMethod } {
    for (const { descriptor } of this.#services) {
      const found = descriptor.methods.find((method) => method.localName === name)
      if (found !== undefined) return { descriptor: found }
    }
    throw new Error(`no method ${name}`)
  }
}

/** One peer. Its ports are fields, so that a test can put others in. */
export class FakePeer {
  readonly name: string
  readonly connected = new Set<string>()
  readonly defects: unknown[] = []
  /** State hashes that other peers told. */
  readonly hashes: { readonly from: string; readonly hashes: StateHashes }[] = []
  readonly kernel: Kernel
  readonly sealer = new Sealer(new Uint8Array(32).fill(3))
  submit: Submit
  authorise: Authorise = () => undefined
  linearizable: (timeoutMs: number) => Promise<{ readonly ok: boolean }> = () => Promise.resolve({ ok: true })
  whenRevision: (revision: number, signal: AbortSignal) => Promise<void> = () => Promise.resolve()
  requireReady: () => void = () => undefined
  readonly #peers: FakePeers
  readonly #services: readonly DefinedService[]

  constructor(peers: FakePeers, name: string, services: readonly DefinedService[]) {
    this.name = name
    this.#peers = peers
    this.#services = services
    this.submit = (request) => this.#evaluate(request)
    const ports: KernelPorts = {
      state: {
        reader: () => peers.state,
        linearizable: (timeoutMs) => this.linearizable(timeoutMs),
        whenRevision: (revision, signal) => this.whenRevision(revision, signal),
      },
      writes: { submit: (request) => this.submit(request) },
      link: {
        self: name,
        leader: () => peers.leader,
        relay: (to, payload) => peers.deliver(name, to, payload),
      },
      sealer: this.sealer,
      authorise: (principal, method) => this.authorise(principal, method),
      changes: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
      }),
      requireReady: () => this.requireReady(),
      stateHashes: (from, hashes) => void this.hashes.push({ from, hashes }),
      onDefect: (error) => void this.defects.push(error),
    }
    this.kernel = new Kernel(ports, services)
  }

  /** Calls a unary method as the listener does; gives the answer with the trailers. */
  async call(
    name: string,
    request: Record<string, unknown>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ) {
    const { descriptor } = this.#peers.method(name)
    const call = fakeCall(descriptor, options)
    const service = this.#services.find(({ descriptor: { methods } }) => methods.includes(descriptor))!
    const bound = this.kernel.bind(service).implementation[name]!
    try {
      return { answer: await (bound(create(descriptor.input, request), call) as Promise<object>), call }
    } catch (error) {
      Object.assign(error as object, { call })
      throw error
    }
  }

  /** As the write path of a leader does, but for consensus. */
  async #evaluate(request: WriteRequest): Promise<WriteAnswer> {
    if (this.#peers.leader !== this.name) throw new NotLeader(this.#peers.leader)
    const { state } = this.#peers
    try {
      return state.as(request).run(request.evaluate, undefined)
    } catch (error) {
      throw error instanceof TrivetError ? new Refused(error, state.revision) : error
    }
  }
}

/** A call as the listener hands it to the kernel. */
export function fakeCall(
  method: DescMethod,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): CallContext {
  return {
    method,
    signal: options.signal ?? new AbortController().signal,
    deadlineMs: options.timeoutMs === undefined ? Infinity : Date.now() + options.timeoutMs,
    requestId: '',
    metadata: new Metadata(),
    peer: '127.0.0.1:45678',
    responseHeaders: new Metadata(),
    responseTrailers: new Metadata(),
  }
}
