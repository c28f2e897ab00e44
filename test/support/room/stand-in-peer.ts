import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

/** What a stand-in peer gives to nodes; shared by all peers of a test and changed while they run. */
export interface BootPlan {
  /** Script for a MAC; `peers` are `host:port` in the order of this node's rotation. */
  script: (mac: string, peers: readonly string[]) => string
  document: (mac: string, document: string) => { readonly status: number; readonly text: string }
  /** True takes a phone-home with 200, false closes the connection. */
  takesPhoneHome: (form: URLSearchParams) => boolean
}

/** A boot service of a few lines, to test the room without the product. */
export class StandInPeer {
  readonly plan: BootPlan
  /** Every peer of the test, this one included. */
  peers: readonly StandInPeer[] = []
  readonly requests: string[] = []
  readonly phoneHomes: URLSearchParams[] = []
  /** Takes connections and never answers. */
  hangs = false
  readonly #listening: Listening

  static async startAll(count: number, plan: BootPlan): Promise<StandInPeer[]> {
    const peers: StandInPeer[] = []
    for (let index = 0; index < count; index++) {
      const server = createServer((request, response) => {
        peers[index]!.#serve(request, response).catch((error: unknown) => response.destroy(error as Error))
      })
      peers.push(new StandInPeer(plan, await listen(server, { host: '127.0.0.1', port: 0 })))
    }
    for (const peer of peers) peer.peers = peers
    return peers
  }

  private constructor(plan: BootPlan, listening: Listening) {
    this.plan = plan
    this.#listening = listening
  }

  get address(): string {
    return `${this.#listening.host}:${this.#listening.port}`
  }

  close(): Promise<void> {
    return this.#listening.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://peer')
    this.requests.push(`${request.method ?? ''} ${url.pathname}`)
    if (this.hangs) return
    if (url.pathname === '/boot/ipxe') {
      const addresses = this.peers.map((peer) => peer.address)
      answer(response, 200, this.plan.script(url.searchParams.get('mac') ?? '', addresses))
      return
    }
    const [, , mac, document] = url.pathname.split('/').map(decodeURIComponent)
    if (document !== 'phone-home') {
      const { status, text } = this.plan.document(mac!, document!)
      answer(response, status, text)
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
    if (!this.plan.takesPhoneHome(form)) {
      request.socket.destroy()
      return
    }
    this.phoneHomes.push(form)
    answer(response, 200, '')
  }
}

/** Documents that configure a node. */
export function wholeSeed(mac: string, document: string): { readonly status: number; readonly text: string } {
  const texts: Readonly<Record<string, string>> = {
    'meta-data': `instance-id: i-${mac.replaceAll(':', '')}\nlocal-hostname: n-${mac.slice(-2)}\n`,
    'user-data': '#cloud-config\n',
    'vendor-data': '',
    'network-config': 'version: 2\nethernets: {}\n',
  }
  const text = texts[document]
  return text === undefined ? { status: 404, text: '' } : { status: 200, text }
}

/**
 * The script pattern that survives peers: a loop over them for the one artifact that they serve themselves, and the
 * seed's peer list on the kernel command line.
 */
export function peerListScript(options: {
  readonly mac: string
  readonly peers: readonly string[]
  readonly kernelUrl: string
  readonly initrdUrl: string
  readonly attempt: string
}): string {
  const { attempt, initrdUrl, kernelUrl, mac, peers } = options
  const seeds = peers.map((peer) => `http://${peer}/seed/${mac}/`).join(',')
  return [
    '#!ipxe',
    `# revision 12 attempt ${attempt}`,
    ':kernel',
    `kernel --timeout 5000 ${kernelUrl} ds=nocloud trivet.seed=${seeds} trivet.attempt=${attempt} && goto initrd || goto again`,
    ':initrd',
    `initrd --timeout 5000 ${initrdUrl} && boot || goto again`,
    ':again',
    'imgfree',
    'sleep 1',
    'goto kernel',
    '',
  ].join('\n')
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(text) }).end(text)
}
