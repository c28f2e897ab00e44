import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'fast-querystring'
import type { NodeScript } from '../services/boot/render/node-script.ts'
import { nodeScript, waiting } from '../services/boot/render/node-script.ts'
import { nodeBoots } from '../services/boot/tables.ts'
import type { Reader } from '../state/read.ts'
import { headersOf, plainText } from './answer-headers.ts'
import type { EvidenceBatch } from './evidence-batch.ts'
import { askAgain, identify } from './identify.ts'
import { answerTimeoutMs, confirmTimeoutMs } from './limits.ts'
import type { BootPorts } from './ports.ts'
import { resetConnection } from './reset-connection.ts'

/** Where scripts are asked for. */
export const scriptPath = '/boot/ipxe'

/** Requests that wait for the same word of the leader. */
interface Round {
  readonly word: Promise<{ readonly ok: boolean }>
  readonly startMs: number
  readonly asking: Asking[]
}

interface Asking {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/**
 * Answers with boot scripts. This is what a whole site asks for at once, so it works in rounds: everybody who asks
 * while the leader is asked waits in one list, and what their answers have in common is made once.
 */
export class ScriptRounds {
  readonly #ports: BootPorts
  readonly #evidence: EvidenceBatch
  readonly #isDraining: () => boolean
  #last: Round | undefined

  constructor(options: {
    readonly ports: BootPorts
    readonly evidence: EvidenceBatch
    readonly isDraining: () => boolean
  }) {
    this.#ports = options.ports
    this.#evidence = options.evidence
    this.#isDraining = options.isDraining
  }

  /** Answers with the script of whoever asks, or destroys the connection; GET and HEAD alike. */
  ask(request: IncomingMessage, response: ServerResponse): void {
    const startMs = performance.now()
    const word = this.#ports.linearizable(confirmTimeoutMs)
    if (word === this.#last?.word) {
      this.#last.asking.push({ request, response })
      return
    }
    const round: Round = { word, startMs, asking: [{ request, response }] }
    this.#last = round
    void word.then(({ ok }) => this.#end(round, ok))
  }

  #end(round: Round, fresh: boolean): void {
    if (this.#last === round) this.#last = undefined
    // A process that was stopped, or busy, for so long has lost its nodes to other peers.
    const isLate = performance.now() - round.startMs > answerTimeoutMs
    const read = this.#ports.reader()
    let headers: string[] | undefined
    for (const asking of round.asking) {
      try {
        if (isLate) resetConnection(asking.response)
        else this.#answer(asking, read, (headers ??= this.#headers(read, fresh)))
      } catch (error) {
        this.#ports.audit('a request met a defect; its connection was closed', { url: asking.request.url, error })
        resetConnection(asking.response)
      }
    }
  }

  /** What all answers of a round say; the value of the last one is each answer's own. */
  #headers(read: Reader, fresh: boolean): string[] {
    const ground = headersOf({ ...this.#ports.freshness(), revision: read.revision, fresh })
    // The last answer of a connection says so (rule R9).
    const last = this.#isDraining() ? ['connection', 'close'] : []
    return [...ground, ...last, 'content-type', plainText, 'content-length', '']
  }

  #answer({ request, response }: Asking, read: Reader, headers: string[]): void {
    const query = queryOf(request.url!)
    const identity = identify(read, query)
    let script: NodeScript
    if (identity.kind === 'node') script = nodeScript(read, identity.nodeId)
    else script = waiting(read, 'this machine', askAgain(read, query))
    if (identity.kind === 'ambiguous') {
      this.#ports.audit('a machine names several nodes; it waits', { nodes: identity.nodeIds, query })
    }
    const { text, bound } = script
    if (bound !== undefined && identity.kind === 'node' && request.method === 'GET') {
      this.#note(read, response, { nodeId: identity.nodeId, attemptId: bound.attemptId })
    }
    // Whole, with its length (rule R1). The head is written in this very call, so that the next answer may overwrite it.
    headers[headers.length - 1] = `${Buffer.byteLength(text)}`
    response.writeHead(200, headers)
    response.end(text)
  }

  /** Brings a fetch to the leader, once the node has been answered. One that the state knows already is no news. */
  #note(read: Reader, response: ServerResponse, fetch: { readonly nodeId: string; readonly attemptId: string }): void {
    const known = read.get(nodeBoots, fetch.nodeId)?.value.fetchedAttemptId
    if (known === fetch.attemptId) return
    const timeMs = Date.now()
    response.once('finish', () => this.#evidence.add({ ...fetch, timeMs }))
  }
}

function queryOf(url: string): Readonly<Record<string, unknown>> {
  const start = url.indexOf('?')
  return start === -1 ? {} : parse(url.slice(start + 1))
}
