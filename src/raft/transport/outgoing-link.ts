import { Client, credentials, Metadata, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js'
import { connectionReason } from '../../lib/system-reasons.ts'
import type { PeerId } from '../core/types.ts'
import type { FrameCodec } from './frames.ts'
import { helloTo, meet, refusalOf, refusedHere, type HelloFacts, type Standing } from './hello.ts'
import { channelOptions } from './channel-options.ts'
import { helloTimeoutMs, redialDelayMs } from './limits.ts'

/** What an outgoing link tells. */
export interface OutgoingEvents {
  /** It came up, went down, or an attempt failed. Read `connected`, `refused` and `lastError`. */
  changed(): void
}

export interface OutgoingOptions<Content> {
  readonly peer: PeerId
  readonly address: string
  readonly codec: FrameCodec<Content>
  readonly facts: HelloFacts
  readonly standing: () => Standing
  /** What may wait to be sent; beyond it `send` is false. */
  readonly queueBytesMax: number
  readonly events: OutgoingEvents
}

type Call = ClientDuplexStream<Buffer, Buffer>

/**
 * One stream to one peer, dialled again and again until it is closed. Every attempt has a connection of its own: the
 * pauses of a grpc-js channel would add to ours, and another stream must not wait behind this one's bytes.
 */
export class OutgoingLink<Content> {
  readonly #options: OutgoingOptions<Content>
  #attempt: { readonly client: Client; readonly call: Call } | undefined
  #timer: NodeJS.Timeout | undefined
  #delayMs: number = redialDelayMs.min
  #connected = false
  #refused = false
  #lastError = ''
  #queuedBytes = 0
  #closed = false

  constructor(options: OutgoingOptions<Content>) {
    this.#options = options
  }

  get connected(): boolean {
    return this.#connected
  }

  /** The last attempt found a living host on which nobody listens. */
  get refused(): boolean {
    return this.#refused
  }

  get lastError(): string {
    return this.#lastError
  }

  /** Dials now, unless it is dialling or connected: there is a sign that the peer has just come up. */
  dial(): void {
    if (this.#closed || this.#attempt !== undefined) return
    clearTimeout(this.#timer)
    const { address, codec, facts, peer } = this.#options
    const client = new Client(address, credentials.createInsecure(), channelOptions)
    const call: Call = client.makeBidiStreamRequest(codec.path, passBytes, passBytes, new Metadata(), {})
    const attempt = { client, call }
    this.#attempt = attempt
    this.#queuedBytes = 0
    const isCurrent = () => this.#attempt === attempt
    this.#timer = setTimeout(() => {
      if (isCurrent()) this.#end(`no hello within ${helloTimeoutMs} ms`)
    }, helloTimeoutMs)
    call.on('data', (bytes: Buffer) => {
      if (isCurrent()) this.#answered(bytes)
    })
    // Without this listener a refused connection would end the process; after the end it has nothing left to say.
    call.on('error', (error: ServiceError) => {
      if (isCurrent()) this.#failed(error.details === '' ? error.message : error.details)
    })
    call.on('end', () => {
      if (isCurrent()) this.#end('the peer ended the stream')
    })
    call.write(codec.encodeHello(helloTo(peer, facts, this.#options.standing())))
  }

  /** Sends one frame; false if it is dropped. */
  send(content: Content): boolean {
    if (!this.#connected || this.#attempt === undefined) return false
    const bytes = this.#options.codec.encode(content)
    if (this.#queuedBytes + bytes.length > this.#options.queueBytesMax) return false
    const attempt = this.#attempt
    this.#queuedBytes += bytes.length
    attempt.call.write(bytes, () => {
      if (this.#attempt === attempt) this.#queuedBytes -= bytes.length
    })
    return true
  }

  /** Ends the connection and dials a new one: what was on its way is lost, and the peer is told so. */
  reset(reason: string): void {
    if (this.#attempt !== undefined) this.#end(reason)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#release()
  }

  #answered(bytes: Buffer): void {
    if (this.#connected) return this.#end('the peer said hello twice')
    try {
      const hello = this.#options.codec.decodeAnswer(bytes)
      const known = { peers: new Set([this.#options.peer]), standing: this.#options.standing() }
      const refusal = refusalOf(hello, this.#options.facts, known)
      if (refusal !== undefined) return this.#end(refusedHere(hello.from, refusal))
      meet(hello, this.#options.facts)
    } catch (error) {
      return this.#end(error instanceof Error ? error.message : String(error))
    }
    clearTimeout(this.#timer)
    this.#connected = true
    this.#refused = false
    this.#lastError = ''
    this.#delayMs = redialDelayMs.min
    this.#options.events.changed()
  }

  #failed(details: string): void {
    // grpc-js says it in no other way; a test pins the words.
    this.#end(connectionReason(details), { refused: details.includes('ECONNREFUSED') })
  }

  #end(reason: string, { refused } = { refused: false }): void {
    const wasConnected = this.#connected
    this.#connected = false
    this.#lastError = reason
    this.#refused = !wasConnected && refused
    this.#release()
    clearTimeout(this.#timer)
    // A lost connection is dialled again at once: whether that is refused tells a dead peer from a broken connection.
    const delayMs = wasConnected ? 0 : this.#delayMs
    if (!wasConnected) this.#delayMs = Math.min(this.#delayMs * 2, redialDelayMs.max)
    this.#timer = setTimeout(() => this.dial(), delayMs)
    this.#options.events.changed()
  }

  #release(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    this.#connected = false
    if (attempt === undefined) return
    attempt.call.cancel()
    attempt.client.close()
  }
}

/** Frames are encoded and decoded here, not by grpc-js, so that their sizes are known and errors keep their reason. */
function passBytes(bytes: Buffer): Buffer {
  return bytes
}
