import { sleep } from '../clock.ts'
import { isScript } from '../ipxe/script.ts'
import type { FetchAnswer, FetchRequest, FirmwarePort } from '../ipxe/machine.ts'
import type { Uri } from '../ipxe/uri.ts'
import { formatUri, hostAndPort, parseUri, requestTarget, resolveUri } from '../ipxe/uri.ts'
import { sha256 } from '../artifacts.ts'
import type { FetchAccount } from './fetch-account.ts'
import type { ScriptSeen } from './hardware.ts'
import type { HttpClient, HttpResult } from './http-exchange.ts'
import { stampOf } from './script-stamp.ts'
import type { Site } from './site.ts'

const redirectsMax = 10

/** The firmware that answers for every node: the last release before iPXE 2. */
const userAgent = 'iPXE/1.21.1'

/** What firmware needs of the node that it runs on. */
export interface FirmwareOptions {
  readonly site: Site
  readonly http: HttpClient
  readonly account: FetchAccount
  /** Power: everything rejects with its reason when it fires. */
  readonly signal: AbortSignal
  /** Appends to the ledger as this node. */
  readonly record: Site['record']
  readonly print: (text: string) => void
  readonly sawScript: (script: ScriptSeen) => void
}

type Judgement =
  | { readonly kind: 'good'; readonly body: Buffer }
  | { readonly kind: 'redirect'; readonly uri: Uri }
  | { readonly kind: 'retry_after'; readonly seconds: number; readonly error: string }
  | { readonly kind: 'bad'; readonly error: string }

/**
 * The network of iPXE over real sockets, with its behaviour under faults: no second address, no second try of its own,
 * no time-out unless the script asks for one, and `Retry-After` obeyed on the same server for ever.
 * Stricter than iPXE in what it takes: an answer without Content-Length, or a script that is not `text/plain`, is a
 * failed fetch, because a boot service that sends one boots partial scripts some day.
 */
export class FirmwareNetwork implements FirmwarePort {
  readonly #options: FirmwareOptions

  constructor(options: FirmwareOptions) {
    this.#options = options
  }

  sleep(delayMs: number): Promise<void> {
    return sleep(this.#options.site.clock, delayMs, this.#options.signal)
  }

  print(text: string): void {
    this.#options.print(text)
  }

  async fetch(request: FetchRequest): Promise<FetchAnswer> {
    const { account, site } = this.#options
    const startMs = site.networkClock.nowMs()
    let { uri } = request
    for (let redirects = 0; redirects <= redirectsMax;) {
      const artifact = requestTarget(uri).split('?', 1)[0]!
      let server = hostAndPort(uri)
      account.attempt(artifact, server)
      if (uri.scheme !== 'http' || uri.host === undefined || uri.host === '') {
        account.wrong(artifact, server, 'unsupported URI')
        return { ok: false, error: 'Operation not supported' }
      }
      const result = await this.#exchange(uri, request.timeoutMs)
      if (result.kind === 'lost') {
        // Behind the first hop it is the peer that was lost, and not the address that stands for all of them.
        if (result.client !== undefined) server = site.answeredBy(result.client) ?? server
        account.lost(artifact, server, result.reason)
        return { ok: false, error: result.reason }
      }
      server = site.answeredBy(result.client) ?? server
      const judgement = judge(uri, result)
      if (judgement.kind === 'good') {
        account.succeeded()
        this.#record({ request, uri, server, body: judgement.body })
        return { ok: true, uri, body: judgement.body }
      }
      if (judgement.kind === 'redirect') {
        uri = judgement.uri
        redirects++
        continue
      }
      account.wrong(artifact, server, judgement.error)
      if (judgement.kind === 'bad') return { ok: false, error: judgement.error }
      const leftMs = startMs + (request.timeoutMs ?? Number.POSITIVE_INFINITY) - site.networkClock.nowMs()
      const pauseMs = judgement.seconds * 1_000
      await sleep(site.networkClock, Math.max(0, Math.min(pauseMs, leftMs)), this.#options.signal)
      if (leftMs <= pauseMs) return { ok: false, error: 'timed_out' }
    }
    return { ok: false, error: 'too many redirects' }
  }

  #exchange(uri: Uri, timeoutMs: number | undefined): Promise<HttpResult> {
    const [host, port] = splitHostAndPort(hostAndPort(uri))
    return this.#options.http.exchange({
      method: 'GET',
      host,
      port,
      target: requestTarget(uri),
      headers: { Connection: 'keep-alive', 'User-Agent': userAgent, Host: hostHeader(uri) },
      ...(timeoutMs === undefined ? {} : { inactivityMs: this.#options.site.networkMs(timeoutMs) }),
    })
  }

  #record(fetched: { request: FetchRequest; uri: Uri; server: string; body: Buffer }): void {
    const { request, uri, server, body } = fetched
    const { record, site } = this.#options
    const common = { server, url: formatUri(uri), sha256: sha256(body), sizeBytes: body.length }
    if (request.use === 'kernel' || request.use === 'initrd') {
      const known = site.artifactKind(common.sha256) === request.use
      record({ kind: request.use === 'kernel' ? 'kernel_fetched' : 'initrd_fetched', ...common, known })
      return
    }
    if (!isScript(body)) {
      record({ kind: 'image_fetched', ...common, known: site.artifactKind(common.sha256) !== undefined })
      return
    }
    const text = body.toString('utf8')
    const stamp = stampOf(text, site.stampPatterns)
    site.keepScript(common.sha256, text)
    this.#options.sawScript({ sha256: common.sha256, ...stamp, server, url: common.url })
    record({ kind: 'script_fetched', ...common, ...stamp })
  }
}

/** `host:port` taken apart. */
export function splitHostAndPort(text: string): readonly [string, number] {
  const colon = text.lastIndexOf(':')
  return [text.slice(0, colon), Number(text.slice(colon + 1))]
}

function hostHeader(uri: Uri): string {
  return uri.port === undefined ? uri.host! : `${uri.host!}:${uri.port}`
}

function judge(uri: Uri, answer: HttpResult & { readonly kind: 'answered' }): Judgement {
  const { status, headers, body } = answer
  if ([301, 302, 303, 307].includes(status) && headers.location !== undefined) {
    return { kind: 'redirect', uri: resolveUri(uri, parseUri(headers.location)) }
  }
  const error = `status ${status}`
  if (status >= 400 && headers['retry-after'] !== undefined) {
    return { kind: 'retry_after', seconds: Number.parseInt(headers['retry-after'], 10) || 0, error }
  }
  if (status !== 200) return { kind: 'bad', error }
  if (headers['content-length'] === undefined) return { kind: 'bad', error: 'no Content-Length' }
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]!.trim()
  if (isScript(body) && mediaType !== 'text/plain') return { kind: 'bad', error: `a script of type "${mediaType}"` }
  return { kind: 'good', body }
}
