/** Inactivity after which iPXE gives up a script, which is small and rendered from memory. */
const scriptTimeoutMs = 5_000

/** Rounds over the peers before the firmware starts from the beginning, network and all. */
const peerRounds = 30

const pauseS = 2

/** What a script knows of the peers: where they are, and the loop in which it asks one after another. */
export class PeerLoop {
  /** Base URLs, the first one to be asked first. */
  readonly urls: readonly string[]
  /** Lines that set what the loop needs. */
  readonly list: string

  constructor(urls: readonly string[]) {
    this.urls = urls
    this.list = `${urls.map((url, index) => `set peer${index} ${url}\n`).join('')}set i:int32 0\nset rounds:int32 0\n`
  }

  /** The loop, at the label `peers`: each gets a few seconds, then the next one is asked with this query. */
  ask(query: string): string {
    if (this.urls.length === 0) return ':peers\nreboot\n'
    return `:peers
chain --autofree --replace --timeout ${scriptTimeoutMs} \${peer\${i}}/boot/ipxe?${query} ||
inc i
iseq \${i} ${this.urls.length} || goto peers
set i:int32 0
inc rounds
iseq \${rounds} ${peerRounds} && reboot ||
sleep ${pauseS}
goto peers
`
  }
}

/** The loops of all nodes: each begins with another peer, the same one every time and on every peer that renders. */
export class PeerLoops {
  readonly #urls: readonly string[]
  /** By the peer that is asked first: as many as there are peers. */
  readonly #loops: PeerLoop[] = []

  constructor(urls: readonly string[]) {
    this.#urls = urls
  }

  /** The loop for one node, or whoever else asks. */
  of(subject: string): PeerLoop {
    const start = this.#urls.length === 0 ? 0 : fnv1a(subject) % this.#urls.length
    return (this.#loops[start] ??= new PeerLoop([...this.#urls.slice(start), ...this.#urls.slice(0, start)]))
  }
}

/**
 * FNV-1a in 32 bits, over UTF-16 code units. It spreads nodes over peers, which takes no cryptography: SHA-256 would be
 * an eighth of what a whole script costs.
 */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
