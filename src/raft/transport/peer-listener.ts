import {
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { Hello } from '../../gen/trivet/raft/v1/peer_pb.ts'
import type { PeerId } from '../core/types.ts'
import { channelOptions } from './channel-options.ts'
import type { FrameCodec } from './frames.ts'
import type { PeerAddress } from '../store/configuration.ts'
import { helloTo, meet, refusalOf, type HelloFacts, type Standing } from './hello.ts'
import { helloTimeoutMs } from './limits.ts'

type Call = ServerDuplexStream<Buffer, Buffer>

/** One kind of stream that peers may open here. */
export interface IncomingOptions<Content> {
  readonly codec: FrameCodec<Content>
  readonly facts: HelloFacts
  readonly standing: () => Standing
  /** A peer that is not known here goes by this newer configuration. False if there are too many of the kind. */
  stranger(peer: PeerAddress, index: number): boolean
  received(from: PeerId, content: Content): void
  /** A stream of this peer came up or went down. */
  changed(from: PeerId, connected: boolean): void
}

/**
 * The streams of one kind that other peers have dialled: one each. A newer one takes the place of the older one, whose
 * end this peer has not seen yet.
 */
export class IncomingLinks<Content> {
  readonly #options: IncomingOptions<Content>
  readonly #calls = new Map<PeerId, Call>()
  #peers: ReadonlySet<PeerId> = new Set()
  #paused = false

  constructor(options: IncomingOptions<Content>) {
    this.#options = options
  }

  get path(): string {
    return this.#options.codec.path
  }

  /** Whom this peer speaks with; the streams of all others end. */
  setPeers(peers: ReadonlySet<PeerId>): void {
    this.#peers = peers
    for (const [peer, call] of this.#calls) {
      if (peers.has(peer)) continue
      this.#calls.delete(peer)
      this.#options.changed(peer, false)
      refuse(call, status.FAILED_PRECONDITION, `peer ${this.#options.facts.self} does not know peer ${peer} any more`)
    }
  }

  isConnected(peer: PeerId): boolean {
    return this.#calls.has(peer)
  }

  /** Takes no more frames, or takes them again; meanwhile they wait at their senders. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    for (const call of this.#calls.values()) {
      if (paused) call.pause()
      else call.resume()
    }
  }

  /** Handles a stream that somebody opened. */
  accept(call: Call): void {
    const { codec, facts } = this.#options
    let from: PeerId | undefined
    let isOver = false
    const timer = setTimeout(() => refuse(call, status.DEADLINE_EXCEEDED, 'no hello in time'), helloTimeoutMs)
    const over = () => {
      isOver = true
      clearTimeout(timer)
      if (from === undefined || this.#calls.get(from) !== call) return
      this.#calls.delete(from)
      this.#options.changed(from, false)
    }
    call.on('data', (bytes: Buffer) => {
      if (isOver) return
      try {
        const frame = codec.decode(bytes, { from: from ?? '', to: facts.self })
        if (from === undefined) {
          if (frame.kind !== 'hello') return refuse(call, status.INVALID_ARGUMENT, 'the first frame is no hello')
          const known = { peers: this.#peers, standing: this.#options.standing() }
          const refusal = refusalOf(frame.hello, facts, known)
          if (refusal !== undefined) return refuse(call, status.FAILED_PRECONDITION, refusal)
          if (!this.#admits(frame.hello)) return refuse(call, status.RESOURCE_EXHAUSTED, 'too many unknown peers')
          clearTimeout(timer)
          meet(frame.hello, facts)
          from = frame.hello.from
          this.#welcome(from, call)
        } else if (frame.kind === 'hello') {
          refuse(call, status.INVALID_ARGUMENT, 'a second hello')
        } else {
          this.#options.received(from, frame.content)
        }
      } catch (error) {
        refuse(call, status.INVALID_ARGUMENT, error instanceof Error ? error.message : String(error))
      }
    })
    call.on('end', () => {
      over()
      call.end()
    })
    call.on('cancelled', over)
    call.on('close', over)
    // What went wrong on this stream ends it; the peer that dialled it hears the status.
    call.on('error', over)
  }

  #admits({ from, name, address, configurationIndex }: Hello): boolean {
    if (this.#peers.has(from)) return true
    return this.#options.stranger({ id: from, name, address }, Number(configurationIndex))
  }

  #welcome(from: PeerId, call: Call): void {
    const before = this.#calls.get(from)
    if (before !== undefined) {
      this.#calls.delete(from)
      this.#options.changed(from, false)
      refuse(before, status.ABORTED, 'a newer stream takes its place')
    }
    this.#calls.set(from, call)
    call.write(this.#options.codec.encodeAnswer(helloTo(from, this.#options.facts, this.#options.standing())))
    if (this.#paused) call.pause()
    this.#options.changed(from, true)
  }
}

/** The peer listener: accepts streams of the given kinds. */
export class PeerListener {
  readonly #server = new Server(channelOptions)

  constructor(kinds: readonly { readonly path: string; accept(call: Call): void }[]) {
    const service: Record<string, ServiceDefinition[string]> = {}
    const implementation: UntypedServiceImplementation = {}
    for (const kind of kinds) {
      service[kind.path] = {
        path: kind.path,
        requestStream: true,
        responseStream: true,
        requestSerialize: passBytes,
        requestDeserialize: passBytes,
        responseSerialize: passBytes,
        responseDeserialize: passBytes,
      }
      implementation[kind.path] = (call: Call) => kind.accept(call)
    }
    this.#server.addService(service, implementation)
  }

  /** Gives the port; rejects with the system's reason. */
  async listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port)
        else reject(error)
      })
    })
  }

  /** Closes the listener and every connection in this loop turn. */
  close(): void {
    this.#server.forceShutdown()
  }
}

function refuse(call: Call, code: status, details: string): void {
  call.emit('error', Object.assign(new Error(details), { code, details }))
}

function passBytes(bytes: Buffer): Buffer {
  return bytes
}
