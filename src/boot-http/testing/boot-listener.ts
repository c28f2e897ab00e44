import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { given } from '../../state/testing/given.ts'
import type { Fixture, GivenState } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import { nodeBindings } from '../../services/boot/tables.ts'
import { allTables } from '../../services/testing/all-tables.ts'
import { bootConfiguration, node, peer, runtimeConfiguration, template } from '../../services/testing/fixtures.ts'
import { BootHttp } from '../boot-http.ts'
import type { BootPorts } from '../ports.ts'

/** Ids of the node that is bound, of the one that is not, and of their attempts. */
export const ids = {
  bound: 'node-0000000000000000000000000b',
  unbound: 'node-0000000000000000000000000v',
  attempt: 'att-0000000000000000000000000a',
  older: 'att-00000000000000000000000000',
}

export const uuid = '12345678-9abc-4def-8123-456789abcdef'

/** A site with one node that boots, and one that has nothing to boot. */
export const site: Fixture = [
  node('x1000c0s0b0n0', { id: ids.bound, nid: 7, hostname: 'login1', uuid }),
  node('x1000c0s1b0n0', { id: ids.unbound, nid: 8 }),
  bootConfiguration('compute'),
  runtimeConfiguration('compute', { userData: '#cloud-config\nusers: []\n' }),
  template('compute', { runtime: 'compute' }),
  peer('a', 'http://127.0.0.1:7402'),
  put(nodeBindings, {
    nodeId: ids.bound,
    sessionId: 'ses-1',
    templateId: 'tpl-compute',
    templateRevision: 1,
    attempt: 1,
    attemptId: ids.attempt,
  }),
]

/** A boot listener over a state in memory, on a loopback port of its own. */
export interface BootListener {
  readonly state: GivenState
  readonly http: BootHttp
  readonly port: number
  /** What it brought to the leader, and told the operator. */
  readonly fetches: { readonly nodeId: string; readonly attemptId: string }[][]
  readonly reports: { readonly nodeId: string; readonly attemptId: string }[]
  readonly audits: { readonly message: string; readonly facts: unknown }[]
}

/** Opens one; `ports` replaces what a test has its own idea of. */
export async function bootListener(ports: Partial<BootPorts> = {}, fixture: Fixture = site): Promise<BootListener> {
  const state = given(allTables, fixture)
  const story = { state, fetches: [], reports: [], audits: [] } as unknown as Omit<BootListener, 'http' | 'port'>
  const http = new BootHttp({
    reader: () => state,
    linearizable: () => Promise.resolve({ ok: true }),
    freshness: () => ({ appliedIndex: 42, ageMs: 1_234.5 }),
    reportFetches: (fetches) => {
      story.fetches.push(fetches.map(({ nodeId, attemptId }) => ({ nodeId, attemptId })))
      return Promise.resolve()
    },
    reportBoot: (report) => {
      story.reports.push(report)
      return Promise.resolve()
    },
    audit: (message, facts) => void story.audits.push({ message, facts }),
    ...ports,
  })
  const { port } = await http.listen({ host: '127.0.0.1', port: 0 })
  return { ...story, http, port }
}

/** An HTTP answer as it came over the wire, or how the connection ended without one. */
export type WireAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly kind: 'closed' }

/** One connection, on which requests are written as bytes: what a client library would smooth over stays visible. */
export class Wire {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #ended = false
  /** The other end broke the connection off. */
  wasReset = false
  #wake: () => void = () => undefined

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port })
    this.#socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.wasReset ||= error.code === 'ECONNRESET'
    })
    for (const event of ['end', 'error', 'close']) {
      this.#socket.on(event, () => {
        this.#ended = true
        this.#wake()
      })
    }
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  /** Asks for one thing, and reads the answer to its last byte. */
  async ask(
    target: string,
    options: { readonly method?: string; readonly headers?: string; readonly body?: string } = {},
  ): Promise<WireAnswer> {
    const { method = 'GET', headers = '', body = '' } = options
    const length = body === '' && method !== 'POST' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
    this.send(`${method} ${target} HTTP/1.1\r\nHost: 10.9.0.1\r\n${headers}${length}\r\n${body}`)
    return this.read(method === 'HEAD')
  }

  /** Reads the next answer. */
  async read(isHead = false): Promise<WireAnswer> {
    let end = -1
    while ((end = this.#received.indexOf('\r\n\r\n')) < 0) {
      if (this.#ended) return { kind: 'closed' }
      await this.#more()
    }
    const [first = '', ...lines] = this.#received.subarray(0, end).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const sizeBytes = isHead ? 0 : Number(headers['content-length'] ?? 0)
    while (this.#received.length < end + 4 + sizeBytes) {
      if (this.#ended) return { kind: 'closed' }
      await this.#more()
    }
    const body = this.#received.subarray(end + 4, end + 4 + sizeBytes).toString('utf8')
    this.#received = this.#received.subarray(end + 4 + sizeBytes)
    return { kind: 'answer', status: Number(first.split(' ')[1]), headers, body }
  }

  /** True once the other end has closed the connection, and nothing unread is left. */
  get isClosed(): boolean {
    return this.#ended && this.#received.length === 0
  }

  close(): void {
    this.#socket.destroy()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
