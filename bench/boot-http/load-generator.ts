import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** What one measurement asks for: a line of JSON on standard input. */
export interface LoadJob {
  readonly port: number
  /** Paths that are asked for in turn. */
  readonly paths: readonly string[]
  /** Paths that are asked for once each, spread evenly over the time. */
  readonly once: readonly string[]
  readonly connections: number
  readonly durationMs: number
  readonly requestsMax: number
}

/** What came of it: a line of JSON on standard output. */
export interface LoadResult {
  /** Scripts that the leader's word stands behind. */
  readonly confirmed: number
  /** Scripts that came from applied state, marked as stale, because the leader's word came too late. */
  readonly stale: number
  readonly elapsedMs: number
  /** Bytes of the bodies. */
  readonly bytes: number
  readonly medianMs: number
  readonly p99Ms: number
}

/** Longest wait for what is on its way when the time is over. */
const lastAnswersMs = 5_000

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * Asks over kept connections, one request after another on each, as fast as it is answered. It speaks HTTP by hand:
 * it shares its core with others, and a full client would cost more than the server that is measured. Rejects for any
 * answer that is no script.
 */
class Load {
  readonly #job: LoadJob
  readonly #latenciesMs: number[] = []
  readonly #startMs = performance.now()
  readonly #ended = Promise.withResolvers<void>()
  #sent = 0
  #onceSent = 0
  #bytes = 0
  #stale = 0
  #open = 0

  constructor(job: LoadJob) {
    this.#job = job
  }

  async run(): Promise<LoadResult> {
    const { connections, durationMs } = this.#job
    for (let number = 0; number < connections; number++) this.#connect()
    const late = setTimeout(() => this.#fail(new Error('an answer did not come')), durationMs + lastAnswersMs)
    await this.#ended.promise
    clearTimeout(late)
    const sorted = this.#latenciesMs.toSorted((left, right) => left - right)
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
    const elapsedMs = performance.now() - this.#startMs
    const confirmed = sorted.length - this.#stale
    return { confirmed, stale: this.#stale, elapsedMs, bytes: this.#bytes, medianMs: at(0.5), p99Ms: at(0.99) }
  }

  #fail(error: Error): void {
    this.#ended.reject(error)
  }

  #connect(): void {
    const socket = connect({ host: '127.0.0.1', port: this.#job.port, noDelay: true })
    let sentMs = 0
    let taken: Buffer = Buffer.alloc(0)
    this.#open += 1
    const ask = (): void => {
      const path = this.#nextPath()
      if (path === undefined) return void socket.end()
      sentMs = performance.now()
      socket.write(requestOf(path, this.#job.port), 'latin1')
    }
    socket.on('connect', ask)
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => {
      this.#open -= 1
      if (this.#open === 0) this.#ended.resolve()
    })
    socket.on('data', (chunk: Buffer) => {
      taken = taken.length === 0 ? chunk : Buffer.concat([taken, chunk])
      const bodySizeBytes = this.#answerSize(taken, socket)
      if (bodySizeBytes === undefined) return
      taken = Buffer.alloc(0)
      this.#bytes += bodySizeBytes
      this.#latenciesMs.push(performance.now() - sentMs)
      ask()
    })
  }

  /** Size of the body once all of it is there. */
  #answerSize(taken: Buffer, socket: Socket): number | undefined {
    const end = taken.indexOf(endOfHead)
    if (end === -1) return undefined
    const head = taken.toString('latin1', 0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
      this.#fail(new Error(`not a script: ${head}`))
      return void socket.destroy()
    }
    if (taken.length < end + endOfHead.length + Number(length)) return undefined
    if (head.includes('\r\ntrivet-stale: ')) this.#stale += 1
    return Number(length)
  }

  #nextPath(): string | undefined {
    const { durationMs, requestsMax, once, paths } = this.#job
    const part = (performance.now() - this.#startMs) / durationMs
    if (part >= 1 || this.#sent >= requestsMax) return undefined
    this.#sent += 1
    if (this.#onceSent < once.length * part) return once[this.#onceSent++]
    return paths[this.#sent % paths.length]
  }
}

/** As iPXE asks (reference: Debian's ROM of 2019). */
function requestOf(path: string, port: number): string {
  return `GET ${path} HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.0.0+git\r\nHost: 127.0.0.1:${port}\r\n\r\n`
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    const result = await new Load(JSON.parse(line) as LoadJob).run()
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
}
