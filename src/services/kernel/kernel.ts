import type { DescMethod, DescMethodUnary, Message, MessageInitShape } from '@bufbuild/protobuf'
import { create, getOption } from '@bufbuild/protobuf'
import { trivetError } from '../../lib/errors.ts'
import type { StateHashes, StorageAlarm } from '../../gen/trivet/peer/v1/peer_pb.ts'
import { method as methodOptions } from '../../gen/trivet/options/v1/options_pb.ts'
import type { CallContext } from '../../rpc/call-context.ts'
import type { BoundService, UntypedImplementation } from '../../rpc/service.ts'
import type { Authorise } from './authorise.ts'
import { anonymous, peerPrincipal } from './authorise.ts'
import type { DeskMethod } from './leader-desk.ts'
import { LeaderDesk } from './leader-desk.ts'
import { decode, LeaderLink } from './leader-link.ts'
import type { AnyMethod, DefinedService, LocalMethod, ReadMethod, WatchMethod, WriteMethod } from './method.ts'
import type { AppliedState, LeaderWrites, PeerLink } from './ports.ts'
import type { Sealer } from './seal.ts'
import type { WatchContext } from './watch-context.ts'
import { WriteCalls } from './write-call.ts'

/**
 * How long a linearizable read waits at most for the leader's word: longer than an election takes, and shorter than a
 * client waits for one peer, so that it reads why.
 */
export const readTimeoutMsMax = 3_000

/** The applied revision, behind every answer, for bookkeeping of clients. */
export const revisionTrailer = 'trivet-revision'

/** What the kernel stands on. */
export interface KernelPorts {
  readonly state: AppliedState
  readonly writes: LeaderWrites
  readonly link: PeerLink
  readonly sealer: Sealer
  readonly authorise: Authorise
  readonly changes: WatchContext['changes']
  /** Throws NOT_READY or PEER_DAMAGED while this peer may not answer. */
  readonly requireReady: () => void
  /** What another peer's state is; absent where nobody compares. */
  readonly stateHashes?: (from: string, hashes: StateHashes) => void
  /** Another peer says whether its disk has room. */
  readonly storageAlarm?: (from: string, alarm: StorageAlarm) => void
  /** A defect in what another peer sent or asked; this peer's log has it. */
  readonly onDefect: (error: unknown) => void
}

/** The one way of every method of every service, on this peer. */
export class Kernel {
  readonly #ports: KernelPorts
  readonly #desk: LeaderDesk
  readonly #leaderLink: LeaderLink
  readonly writeCalls: WriteCalls

  /** `services`: all of them, those for peers included. Each may be bound to a listener by `bind`. */
  constructor(ports: KernelPorts, services: readonly DefinedService[]) {
    this.#ports = ports
    this.#leaderLink = new LeaderLink(ports.link)
    this.#desk = new LeaderDesk({ ...ports, methods: writeMethods(services) })
    this.writeCalls = new WriteCalls({ ...ports, leaderLink: this.#leaderLink, desk: this.#desk })
  }

  /** A service as a listener serves it. */
  bind(service: DefinedService): BoundService {
    const implementation: Record<string, UntypedImplementation> = {}
    for (const { descriptor, definition } of service.methods.values()) {
      implementation[descriptor.localName] = this.#implementationOf(descriptor, definition)
    }
    return { descriptor: service.descriptor, implementation }
  }

  /** Takes what the relay brought from another peer. Never throws: what it cannot read is a defect, and is dropped. */
  relayed(from: string, payload: Uint8Array): void {
    let kind
    try {
      kind = decode(payload)
    } catch (error) {
      return this.#ports.onDefect(error)
    }
    switch (kind.case) {
      case 'request':
        this.#desk.serve(from, kind.value).catch(this.#ports.onDefect)
        return
      case 'answer':
        return this.#leaderLink.answered(kind.value)
      case 'cancel':
        return this.#desk.cancel(from, kind.value)
      case 'stateHashes':
        return this.#ports.stateHashes?.(from, kind.value)
      case 'storageAlarm':
        return this.#ports.storageAlarm?.(from, kind.value)
      case undefined:
        // A kind of a newer release. It expects no answer that this one could give.
        return
    }
  }

  /** The relay connection to a peer broke. */
  disconnected(peer: string): void {
    this.#leaderLink.disconnected(peer)
    this.#desk.disconnected(peer)
  }

  /** Another peer leads now. */
  leaderChanged(leader: string): void {
    if (leader !== '') this.#leaderLink.leaderChanged(leader)
  }

  /** Writes that wait for another peer. */
  get forwardedWaiting(): number {
    return this.#leaderLink.waiting
  }

  /** A write of this peer's own, that no caller asked for: evidence, presence. Rejects when its outcome is not known. */
  async ownWrite<Method extends DescMethodUnary>(
    method: Method,
    request: MessageInitShape<Method['input']>,
    timeoutMs: number,
  ): Promise<void> {
    const caller = {
      principal: peerPrincipal,
      tenant: '',
      sourceAddress: '',
      deadlineMs: Date.now() + timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
    }
    await this.writeCalls.carryOut(method, create(method.input, request), caller)
  }

  #implementationOf(descriptor: DescMethod, definition: AnyMethod): UntypedImplementation {
    switch (definition.kind) {
      case 'read':
        return (request, call) => this.#read(descriptor, definition, request as Message, call)
      case 'write':
        return (request, call) => this.#write(descriptor, definition, request as Message, call)
      case 'watch':
        return (request, call) => this.#watch(descriptor, definition, request as Message, call)
      case 'local':
        return (request, call) => this.#local(definition, request as Message, call)
    }
  }

  async #read(
    descriptor: DescMethod,
    definition: ReadMethod<unknown, object>,
    request: Message,
    call: CallContext,
  ): Promise<object> {
    this.#ports.requireReady()
    this.#ports.authorise(anonymous, descriptor)
    if (!getOption(descriptor, methodOptions).localAnswer) await this.#linearize(call)
    try {
      return definition.handle(this.#ports.state.reader(), request)
    } finally {
      this.#repeatFacts(call)
    }
  }

  async #linearize(call: CallContext): Promise<void> {
    const timeoutMs = Math.max(0, Math.min(readTimeoutMsMax, call.deadlineMs - Date.now()))
    if ((await this.#ports.state.linearizable(timeoutMs)).ok) return
    throw trivetError('NO_LEADER', { waitedMs: Math.round(timeoutMs) })
  }

  async #write(
    descriptor: DescMethod,
    definition: WriteMethod<unknown, object>,
    request: Message,
    call: CallContext,
  ): Promise<object> {
    this.#ports.requireReady()
    definition.check?.(request)
    const caller = {
      principal: anonymous,
      tenant: '',
      sourceAddress: call.peer,
      deadlineMs: call.deadlineMs,
      signal: call.signal,
    }
    try {
      const written = await this.writeCalls.carryOut(descriptor, request, caller, definition.seal)
      return definition.answer(this.#ports.state.reader(), written, request)
    } finally {
      // With a refusal too: what it stands on is applied here.
      this.#repeatFacts(call)
    }
  }

  async *#watch(
    descriptor: DescMethod,
    definition: WatchMethod<unknown, object>,
    request: Message,
    call: CallContext,
  ): AsyncIterable<object> {
    this.#ports.requireReady()
    this.#ports.authorise(anonymous, descriptor)
    const context: WatchContext = {
      signal: call.signal,
      reader: () => this.#ports.state.reader(),
      changes: (options) => this.#ports.changes(options),
    }
    yield* definition.handle(context, request)
  }

  async #local(definition: LocalMethod<unknown, object>, request: Message, call: CallContext): Promise<object> {
    const answer = await definition.handle(request)
    this.#repeatFacts(call)
    return answer
  }

  #repeatFacts(call: CallContext): void {
    call.responseTrailers.set(revisionTrailer, `${this.#ports.state.reader().revision}`)
  }
}

function writeMethods(services: readonly DefinedService[]): ReadonlyMap<string, DeskMethod> {
  const found = new Map<string, DeskMethod>()
  for (const service of services) {
    for (const [name, { descriptor, definition }] of service.methods) {
      if (definition.kind === 'write') found.set(name, { descriptor, definition })
    }
  }
  return found
}
