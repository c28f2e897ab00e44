import type { FetchAnswer, FetchRequest, FirmwarePort } from './machine.ts'
import { formatUri } from './uri.ts'

/** What a URL answers: a body, an error, or a function of how often it was asked before. */
export type FakeAnswer = string | Buffer | { readonly error: string } | ((asked: number) => FakeAnswer)

/** A server without network and clock: answers come from a table, sleeping takes no time. */
export class FakeFirmware implements FirmwarePort {
  readonly requests: {
    readonly url: string
    readonly use: FetchRequest['use']
    readonly timeoutMs: number | undefined
  }[] = []
  readonly console: string[] = []
  sleptMs = 0
  readonly #answers: Readonly<Record<string, FakeAnswer>>

  constructor(answers: Readonly<Record<string, FakeAnswer>>) {
    this.#answers = answers
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const url = formatUri(request.uri)
    const asked = this.requests.filter((other) => other.url === url).length
    this.requests.push({ url, use: request.use, timeoutMs: request.timeoutMs })
    let answer = this.#answers[url] ?? { error: 'Connection refused' }
    while (typeof answer === 'function') answer = answer(asked)
    if (typeof answer === 'string') answer = Buffer.from(answer)
    return Buffer.isBuffer(answer) ? { ok: true, uri: request.uri, body: answer } : { ok: false, error: answer.error }
  }

  async sleep(delayMs: number): Promise<void> {
    this.sleptMs += delayMs
  }

  print(text: string): void {
    this.console.push(text)
  }

  /** The URLs asked for, in order. */
  get urls(): string[] {
    return this.requests.map((request) => request.url)
  }
}

/** Bytes that iPXE takes for a Linux kernel. */
export function fakeKernel(text = 'kernel'): Buffer {
  const body = Buffer.alloc(1_024)
  body.writeUInt16LE(0xaa55, 0x1fe)
  body.write('HdrS', 0x202)
  body.write(text, 0x300)
  return body
}
