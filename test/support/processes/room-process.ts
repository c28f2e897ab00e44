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
    nodes: readonly { xname: string; mac: string; uuid: string; serial: string }[]
  }[]
}

/** One line of the room's ledger; which fields there are depends on its kind (`room/ledger.ts`). */
export interface LedgerLine {
  readonly seq: number
  readonly kind: string
  readonly bmc?: string
  readonly system?: string
  readonly node?: string
  readonly resetType?: string
  readonly from?: string
  readonly artifact?: string
  readonly server?: string
  readonly reason?: string
}

/** A rule of `room/faults/rule.ts`, as the room takes it over HTTP. */
export interface RoomFault {
  readonly bmc?: string
  readonly method?: string
  readonly path?: string
  readonly resetType?: string
  readonly times?: number
  readonly action: Readonly<Record<string, unknown>> & { readonly kind: string }
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

/** What a BMC has counted, as far as tests ask. */
export interface RoomCounters {
  readonly requests: number
  readonly unauthorized: number
  readonly resets: { readonly accepted: number; readonly refused: number; readonly overlaps: number }
}

/** How long one question for new lines waits. */
const followWaitMs = 2_000

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

  /** All lines of these kinds, from the one behind `after` on. */
  async ledger(kinds: readonly string[], after = 0): Promise<readonly LedgerLine[]> {
    const found: LedgerLine[] = []
    for (;;) {
      const { lines } = await this.#lines(found.at(-1)?.seq ?? after, kinds, 0)
      if (lines.length === 0) return found
      found.push(...lines)
    }
  }

  /** Lines behind `after` as they are written, without end; `kinds` empty: all. Ends when `signal` does. */
  async *follow(options: {
    readonly after: number
    readonly kinds: readonly string[]
    readonly signal: AbortSignal
  }): AsyncGenerator<LedgerLine> {
    let { after } = options
    while (!options.signal.aborted) {
      const { lines } = await this.#lines(after, options.kinds, followWaitMs)
      for (const line of lines) {
        if (options.signal.aborted) return
        yield line
        after = line.seq
      }
    }
  }

  /** Number of the ledger's last line. */
  async lastSeq(): Promise<number> {
    return (await this.#get<{ lastSeq: number }>('/ledger?limit=1')).lastSeq
  }

  /** Puts faults in force behind those that are; the BMCs' own tempers, given at start, stay. */
  async strike(...faults: readonly RoomFault[]): Promise<void> {
    const response = await fetch(new URL('/faults', this.info.control), {
      method: 'POST',
      body: JSON.stringify(faults),
    })
    if (!response.ok) throw new Error(`the room refused faults: ${await response.text()}`)
  }

  /** Takes every fault out of force. */
  async calm(): Promise<void> {
    await fetch(new URL('/faults', this.info.control), { method: 'DELETE' })
  }

  /** What each BMC has counted, by xname. */
  async counters(): Promise<Readonly<Record<string, RoomCounters>>> {
    const { bmcs } = await this.#get<{ bmcs: Record<string, RoomCounters> }>('/counters')
    return bmcs
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

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.child.ended
  }

  #lines(after: number, kinds: readonly string[], waitMs: number) {
    const query = new URLSearchParams({ after: `${after}`, limit: '1000', wait: `${waitMs}` })
    if (kinds.length > 0) query.set('kind', kinds.join(','))
    return this.#get<{ readonly lines: readonly LedgerLine[] }>(`/ledger?${query.toString()}`)
  }

  async #get<Answer>(path: string): Promise<Answer> {
    const response = await fetch(new URL(path, this.info.control))
    if (!response.ok) throw new Error(`the room answered ${response.status} for ${path}`)
    return (await response.json()) as Answer
  }
}
