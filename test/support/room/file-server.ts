import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Artifact, ArtifactPair } from './artifacts.ts'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

/** What was asked of the file server. */
export interface FileCounters {
  requests: number
  ranges: number
  notFound: number
  /** Bytes of bodies that were handed to the network. */
  bytesSent: number
}

/** The site's file server: kernels and initrds under paths that carry their digest. It knows nothing of peers. */
export class FileServer {
  readonly #artifacts = new Map<string, Artifact>()
  readonly #byDigest = new Map<string, Artifact>()
  readonly #listening: Listening
  readonly counters: FileCounters = { requests: 0, ranges: 0, notFound: 0, bytesSent: 0 }

  static async start(options: {
    readonly images: readonly ArtifactPair[]
    readonly host: string
    readonly port: number
  }): Promise<FileServer> {
    const server = createServer({ keepAlive: true }, (request, response) => files.#answer(request, response))
    const files = new FileServer(options.images, await listen(server, options))
    return files
  }

  private constructor(images: readonly ArtifactPair[], listening: Listening) {
    this.#listening = listening
    for (const artifact of images.flatMap((image) => [image.kernel, image.initrd])) {
      this.#artifacts.set(pathOf(artifact), artifact)
      this.#byDigest.set(artifact.sha256, artifact)
    }
  }

  get url(): string {
    return `http://${this.#listening.host}:${this.#listening.port}`
  }

  urlOf(artifact: Artifact): string {
    return this.url + pathOf(artifact)
  }

  /** The artifact with this digest; `undefined` when no image has it. */
  withDigest(sha256: string): Artifact | undefined {
    return this.#byDigest.get(sha256)
  }

  close(): Promise<void> {
    return this.#listening.close()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.counters.requests++
    const artifact = this.#artifacts.get((request.url ?? '').split('?', 1)[0]!)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end()
      return
    }
    if (artifact === undefined) {
      this.counters.notFound++
      response.writeHead(404, { 'Content-Length': 0 }).end()
      return
    }
    const { body } = artifact
    const common = {
      'Content-Type': 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      ETag: `"${artifact.sha256}"`,
      'Cache-Control': 'public, max-age=31536000, immutable',
    }
    const range = rangeOf(request.headers.range, body.length)
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'Content-Range': `bytes */${body.length}`, 'Content-Length': 0 }).end()
      return
    }
    if (range !== undefined) this.counters.ranges++
    const part = range === undefined ? body : body.subarray(range.first, range.last + 1)
    const headers = { ...common, 'Content-Length': part.length }
    if (range === undefined) response.writeHead(200, headers)
    else response.writeHead(206, { ...headers, 'Content-Range': `bytes ${range.first}-${range.last}/${body.length}` })
    if (request.method === 'GET') this.counters.bytesSent += part.length
    response.end(request.method === 'HEAD' ? undefined : part)
  }
}

function pathOf(artifact: Artifact): string {
  return `/artifacts/${artifact.sha256}/${artifact.fileName}`
}

/**
 * One range of RFC 9110 §14; `undefined` when there is none, or several, or none that parses: then the whole body is
 * the answer.
 */
function rangeOf(
  header: string | undefined,
  sizeBytes: number,
): { readonly first: number; readonly last: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [from, to] = [match[1]!, match[2]!]
  if (from === '') {
    const length = Math.min(Number(to), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { first: sizeBytes - length, last: sizeBytes - 1 }
  }
  const first = Number(from)
  const last = to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= sizeBytes ? 'unsatisfiable' : { first, last }
}
