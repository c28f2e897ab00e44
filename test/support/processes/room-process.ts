import { fileURLToPath } from 'node:url'
import type { Child } from './child.ts'
import { endChild, firstLine, startChild } from './child.ts'

/** What the room says when it is ready. */
export interface RoomInfo {
  readonly control: string
  readonly forwarder: string
  readonly bootUrl: string
  readonly files: string
  readonly images: readonly { name: string; kernel: { url: string }; initrd: { url: string } }[]
  readonly bmcs: readonly {
    xname: string
    profile: string
    address: string
    nodes: readonly { xname: string; mac: string; uuid: string }[]
  }[]
}

/** One line of the room's ledger; which fields there are depends on its kind. */
export interface LedgerLine {
  readonly seq: number
  readonly kind: string
  readonly bmc?: string
  readonly system?: string
  readonly node?: string
}

/** How a node stands, by the room's own word. */
export interface RoomNode {
  readonly xname: string
  readonly mac: string
  readonly state: string
  readonly fetches: number
  readonly failovers: number
  readonly failedFetches: number
  readonly bootsCompleted: number
  readonly lastScript: {
    readonly sha256: string
    readonly revision: string | null
    readonly attempt: string | null
  } | null
}

/** The room: a process that knows nothing of trivet. What happened there is asked from it, never from trivet. */
export class RoomProcess {
  readonly child: Child
  readonly info: RoomInfo

  private constructor(child: Child, info: RoomInfo) {
    this.child = child
    this.info = info
  }

  static async start(options: {
    readonly nodes: number
    readonly seed: number
    readonly withFailure: boolean
    readonly password: string
    readonly logFile: string
    readonly args?: readonly string[]
  }): Promise<RoomProcess> {
    const script = fileURLToPath(new URL('../room/main.ts', import.meta.url))
    const args = ['--json', '--nodes', `${options.nodes}`, '--seed', `${options.seed}`, '--profile', 'mixed']
    args.push('--username', 'root', '--password', options.password, '--stop-with-stdin', ...(options.args ?? []))
    if (options.withFailure) args.push('--with-failure')
    const child = startChild({ name: 'room', script, args, logFile: options.logFile })
    const info = await firstLine(
      child,
      (line) => (line.startsWith('{') ? (JSON.parse(line) as RoomInfo) : undefined),
      20_000,
    )
    return new RoomProcess(child, info)
  }

  async ledger(kinds: readonly string[]): Promise<readonly LedgerLine[]> {
    const found: LedgerLine[] = []
    let after = 0
    for (;;) {
      const url = `/ledger?after=${after}&kind=${kinds.join(',')}&limit=1000`
      const { lines } = await this.#get<{ lines: readonly LedgerLine[] }>(url)
      const last = lines.at(-1)
      if (last === undefined) return found
      found.push(...lines)
      after = last.seq
    }
  }

  nodes(): Promise<readonly RoomNode[]> {
    return this.#get('/nodes')
  }

  /** Xnames of the nodes whose power is on, and of the others. */
  async power(): Promise<{ readonly on: readonly string[]; readonly notOn: readonly string[] }> {
    const bmcs = await this.#get<readonly { systems: readonly { node: string; power: string }[] }[]>('/bmcs')
    const systems = bmcs.flatMap((bmc) => bmc.systems)
    const names = (on: boolean) => systems.filter(({ power }) => (power === 'On') === on).map(({ node }) => node)
    return { on: names(true), notOn: names(false) }
  }

  /** Where the first hop of the nodes leads: the live peers, in this order. */
  async forwardTo(targets: readonly string[]): Promise<void> {
    const response = await fetch(new URL('/forwarder', this.info.control), {
      method: 'PUT',
      body: JSON.stringify({ targets }),
      headers: { 'content-type': 'application/json' },
    })
    if (!response.ok) throw new Error(`the room refused its forwarder: ${await response.text()}`)
  }

  async stop(): Promise<void> {
    await endChild(this.child)
  }

  async #get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(new URL(path, this.info.control))
    if (!response.ok) throw new Error(`the room answered ${response.status} for ${path}`)
    return (await response.json()) as Answer
  }
}
