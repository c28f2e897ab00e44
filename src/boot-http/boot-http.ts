import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fastify from 'fastify'
import { isId } from '../lib/id.ts'
import type { SeedDocument } from '../services/boot/render/seed-documents.ts'
import { emptyDocument, seedDocument, seedDocuments } from '../services/boot/render/seed-documents.ts'
import { isNewReport } from '../services/evidence/rules/report-boot.ts'
import { nodes } from '../services/inventory/tables.ts'
import { headersOf, plainText } from './answer-headers.ts'
import { EvidenceBatch } from './evidence-batch.ts'
import {
  answerTimeoutMs,
  bodySizeBytesMax,
  confirmTimeoutMs,
  keepAliveMs,
  lastEvidenceMs,
  progressTimeoutMs,
  reportTimeoutMs,
  requestTimeoutMs,
} from './limits.ts'
import type { BootPorts } from './ports.ts'
import { resetConnection } from './reset-connection.ts'
import { scriptPath, ScriptRounds } from './script-rounds.ts'

const nothingHere = 'nothing is here\n'

/** The listener for nodes. It is open exactly while this peer is fit to answer: refusal is the one "not me" that every client understands at once. */
export class BootHttp {
  readonly #ports: BootPorts
  readonly #server: FastifyInstance
  readonly #evidence: EvidenceBatch
  readonly #scripts: ScriptRounds
  #draining = false

  constructor(ports: BootPorts) {
    this.#ports = ports
    this.#evidence = new EvidenceBatch((fetches) => ports.reportFetches(fetches))
    this.#scripts = new ScriptRounds({ ports, evidence: this.#evidence, isDraining: () => this.#draining })
    this.#server = fastify({
      logger: false,
      bodyLimit: bodySizeBytesMax,
      serverFactory: (others) => this.#listener(others),
      // A draining peer finishes what it took; it never says 503 (rule R3).
      return503OnClosing: false,
      routerOptions: { maxParamLength: 255, ignoreTrailingSlash: true },
      // A path that cannot be decoded leads nowhere, like others.
      frameworkErrors: (_error, _request, reply) => {
        this.#refuse(reply, 404, nothingHere)
      },
      // What is no HTTP, or came too late, gets no status: to some clients any answer is an answer.
      clientErrorHandler: (_error, socket) => socket.destroy(),
    })
    this.#server.setErrorHandler((error: { readonly statusCode?: number }, request, reply) => {
      const { statusCode = 500 } = error
      if (statusCode < 500) return this.#refuse(reply, statusCode, 'this request cannot be answered\n')
      this.#ports.audit('a request met a defect; its connection was closed', { url: request.url, error })
      return destroy(reply)
    })
    this.#server.setNotFoundHandler((_request, reply) => this.#refuse(reply, 404, nothingHere))
    this.#routes()
  }

  /** Opens the listener; resolves with where. */
  async listen(address: { readonly host: string; readonly port: number }): Promise<{ host: string; port: number }> {
    await this.#server.listen(address)
    const { port } = this.#server.server.address() as AddressInfo
    return { host: address.host, port }
  }

  /** Closes the listener first, then finishes what was begun. */
  async close(): Promise<void> {
    this.#draining = true
    await this.#server.close()
    await this.#evidence.stop(lastEvidenceMs)
  }

  #routes(): void {
    // In any other spelling than that of our own scripts.
    this.#server.get(scriptPath, (request, reply) => {
      reply.hijack()
      this.#scripts.ask(request.raw, reply.raw)
    })
    for (const document of seedDocuments) {
      this.#server.get<{ Params: SeedParams }>(`/seed/:node/:attempt/${document}`, (request, reply) =>
        this.#document(request.params, document, reply),
      )
    }
    // Whatever the form says, the path says which attempt reports.
    this.#server.removeAllContentTypeParsers()
    this.#server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null))
    this.#server.post<{ Params: SeedParams }>('/seed/:node/:attempt/phone-home', (request, reply) =>
      this.#phoneHome(request.params, reply),
    )
  }

  /** Scripts are answered past the framework: it would be a fifth of what they cost. */
  #listener(others: RequestListener): Server {
    const server = createServer(
      { keepAliveTimeout: keepAliveMs, requestTimeout: requestTimeoutMs },
      (request, response) => {
        const isScript =
          request.url!.startsWith(`${scriptPath}?`) && (request.method === 'GET' || request.method === 'HEAD')
        if (isScript) this.#scripts.ask(request, response)
        else others(request, response)
      },
    )
    return server.setTimeout(progressTimeoutMs, (socket: Socket) => socket.resetAndDestroy())
  }

  async #document(params: SeedParams, document: SeedDocument, reply: FastifyReply): Promise<FastifyReply> {
    const fresh = await this.#confirm()
    if (fresh === undefined) return destroy(reply)
    const text = seedDocument(this.#ports.reader(), { nodeId: params.node, attemptId: params.attempt, document })
    this.#say(reply, fresh)
    if (text !== undefined) return this.#answer(reply, contentTypeOf(document), text)
    // A peer that is behind knows nothing of the attempt yet; another one does. Only the leader's word makes it a no.
    if (!fresh) return destroy(reply)
    // To a known node an optional document is empty, never missing: a 404 costs it 10 s each (rule R5).
    const known = this.#ports.reader().get(nodes, params.node) !== undefined
    const empty = known ? emptyDocument(document) : undefined
    if (empty !== undefined) return this.#answer(reply, contentTypeOf(document), empty)
    return this.#refuse(reply, 404, "this attempt is not, or no longer, the node's own\n")
  }

  async #phoneHome(params: SeedParams, reply: FastifyReply): Promise<FastifyReply> {
    // Whatever is no id of ours is nobody's report, and costs no entry in the log.
    if (!isId(params.node, 'node') || !isId(params.attempt, 'att')) {
      return this.#refuse(reply, 404, 'no such attempt\n')
    }
    const fresh = await this.#confirm()
    if (fresh === undefined) return destroy(reply)
    // Nor does a report that changes nothing: anybody on the network can send any number of them.
    const report = { nodeId: params.node, attemptId: params.attempt }
    if (fresh && !isNewReport(this.#ports.reader(), report)) return this.#answer(reply, plainText, 'ok\n')
    const timer = setTimeout(() => resetConnection(reply.raw), reportTimeoutMs)
    try {
      await this.#ports.reportBoot(report)
    } catch {
      // Not kept: the client has to ask again, here or elsewhere. A status would be an answer.
      return destroy(reply)
    } finally {
      clearTimeout(timer)
    }
    return this.#answer(reply, plainText, 'ok\n')
  }

  /** A whole body, with its length (rule R1). The last answer of a connection says so, also to what came before the end. */
  #answer(reply: FastifyReply, contentType: string, body: string): FastifyReply {
    if (this.#draining) reply.header('connection', 'close')
    return reply.type(contentType).send(body)
  }

  #refuse(reply: FastifyReply, status: number, reason: string): FastifyReply {
    return this.#answer(reply.code(status), plainText, reason)
  }

  /** Whether the leader stands behind what is read now; undefined when it took too long for any answer. */
  async #confirm(): Promise<boolean | undefined> {
    const startMs = performance.now()
    const { ok } = await this.#ports.linearizable(confirmTimeoutMs)
    // A process that was stopped, or busy, for so long has lost its node to another peer.
    return performance.now() - startMs > answerTimeoutMs ? undefined : ok
  }

  #say(reply: FastifyReply, fresh: boolean): void {
    const headers = headersOf({ ...this.#ports.freshness(), revision: this.#ports.reader().revision, fresh })
    for (let at = 0; at < headers.length; at += 2) reply.header(headers[at]!, headers[at + 1])
  }
}

interface SeedParams {
  readonly node: string
  readonly attempt: string
}

function contentTypeOf(document: SeedDocument): string {
  return document === 'meta-data' || document === 'network-config' ? 'text/yaml; charset=utf-8' : plainText
}

/** Ends the connection without an answer. */
function destroy(reply: FastifyReply): FastifyReply {
  reply.hijack()
  resetConnection(reply.raw)
  return reply
}
