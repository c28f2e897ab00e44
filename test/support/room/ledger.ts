/**
 * What happened in the room, in order: resets, power states, stages of nodes. It is the only witness that tests and
 * the demo believe, so it is append-only and knows nothing of the program under test.
 */
export interface LedgerLine {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number
  /** Wall clock, ISO 8601. */
  readonly at: string
  /** Real milliseconds since the room started, from a monotonic clock. */
  readonly monoMs: number
  readonly kind: LedgerKind
  /** Suggested xname of the BMC. */
  readonly bmc?: string
  /** Redfish id of the system. */
  readonly system?: string
  /** Suggested xname of the node. */
  readonly node?: string
  readonly [detail: string]: unknown
}

/** Everything that a line can say, with what it carries beside `bmc`, `system` and `node`. */
export type LedgerKind =
  /** A reset was taken: `resetType`, `before` (On or Off), `from` (the client's `host:port`). */
  | 'reset_accepted'
  /** A reset was refused: `resetType`, `status`, `messageId`, `reason`, `from`. */
  | 'reset_refused'
  /** A reset is over and its result is what the BMC reports: `resetType`, `outcome`, `power`, `tookMs`, `accepted` (seq). */
  | 'reset_done'
  /** A reset came while another was under way: `resetType`, `underWay`, `accepted` (seq of that one), `from`. */
  | 'overlap'
  /** `reason`, `from`. */
  | 'login_refused'
  /** The account is closed for 300 s: `from`. */
  | 'locked_out'
  /** A fault struck a request: `fault` (its kind), `method`, `path`. */
  | 'fault_fired'
  /** The hardware went on or off: `power`. */
  | 'power_changed'
  | 'firmware_started'
  /** `sha256`, `server`, `url`, `sizeBytes`, `revision`, `attempt`. `server` is the peer, also behind the first hop. */
  | 'script_fetched'
  /** `reason`. The node stays where it is until its power goes. */
  | 'script_error'
  /** `sha256`, `server`, `url`, `sizeBytes`, `known` (the file server has it, as this). */
  | 'kernel_fetched'
  | 'initrd_fetched'
  | 'image_fetched'
  /** `reason`. The node stays where it is until its power goes. */
  | 'image_rejected'
  /** `commandLine`, `kernel` and `initrds` (SHA-256). */
  | 'kernel_started'
  /** `document`, `server`, `sizeBytes`. */
  | 'document_fetched'
  /** `server`, `tries`, `reason`. */
  | 'phone_home_retried'
  /** A peer answered 200: `server`, `tries`, `instanceId`, `attempt`. */
  | 'phone_home'
  /** `hostname`. */
  | 'node_running'
  /** `state`, `reason`. The node stays where it is until its power goes. */
  | 'boot_failed'
  /** `artifact`, `from`, `to`, `reason`. */
  | 'failover'
  /** `artifact`, `server`, `reason`. */
  | 'fetch_failed'

/** What the caller says; the ledger adds number and times. */
export type LedgerEntry = { readonly kind: LedgerKind } & Readonly<Record<string, unknown>>

export interface LedgerQuery {
  /** Lines with a higher number only. */
  readonly after: number
  /** These kinds only; all when absent. */
  readonly kinds?: ReadonlySet<string>
  readonly limit?: number
}

/** A ledger that lost lines would prove nothing, so a full one is an error and not a ring. */
const linesMax = 500_000

interface Waiter {
  readonly query: LedgerQuery
  readonly wake: () => void
}

export class Ledger {
  readonly #lines: LedgerLine[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #startMs = performance.now()

  /** Number of the last line; 0 when there is none. */
  get lastSeq(): number {
    return this.#lines.length
  }

  append(entry: LedgerEntry): LedgerLine {
    if (this.#lines.length >= linesMax) throw new Error(`the ledger is full: ${linesMax} lines`)
    const line: LedgerLine = {
      seq: this.#lines.length + 1,
      at: new Date().toISOString(),
      monoMs: Math.round((performance.now() - this.#startMs) * 1_000) / 1_000,
      ...entry,
    }
    this.#lines.push(line)
    for (const waiter of this.#waiters) {
      if (matches(line, waiter.query)) waiter.wake()
    }
    return line
  }

  /** The lines of a query, in order. */
  lines(query: LedgerQuery): readonly LedgerLine[] {
    const found: LedgerLine[] = []
    const limit = query.limit ?? Number.POSITIVE_INFINITY
    for (let index = Math.max(0, query.after); index < this.#lines.length && found.length < limit; index++) {
      const line = this.#lines[index]!
      if (matches(line, query)) found.push(line)
    }
    return found
  }

  /** As `lines`, but while there is none it waits for the first, `waitMs` at most; then answers with nothing. */
  async waitFor(query: LedgerQuery, waitMs: number): Promise<readonly LedgerLine[]> {
    const found = this.lines(query)
    if (found.length > 0 || waitMs <= 0) return found
    const woken = Promise.withResolvers<void>()
    const waiter = { query, wake: woken.resolve }
    const timer = setTimeout(woken.resolve, waitMs)
    // A reader who waits must not keep a room alive that was stopped.
    timer.unref()
    this.#waiters.add(waiter)
    try {
      await woken.promise
    } finally {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    }
    return this.lines(query)
  }
}

function matches(line: LedgerLine, query: LedgerQuery): boolean {
  return line.seq > query.after && (query.kinds === undefined || query.kinds.has(line.kind))
}
