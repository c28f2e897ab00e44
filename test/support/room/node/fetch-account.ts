/** What an account tells the ledger. */
export interface FetchEvents {
  /** A node turned to another peer, because the one before was lost. */
  failover(event: {
    readonly artifact: string
    readonly from: string
    readonly to: string
    readonly reason: string
  }): void
  failed(event: { readonly artifact: string; readonly server: string; readonly reason: string }): void
}

/**
 * Tells a move to another peer, which is how boots survive, from a fetch that failed.
 *
 * A server that is lost (refused, reset, silent) leaves its artifact open. If the next try for the artifact goes to
 * another server, that was a failover. It was a failed fetch if the next try goes to one that was already tried (every
 * peer was lost in this round), if it never comes, or if a server answered with something else than the artifact.
 * An artifact is named by its path: all peers serve it under the same one.
 */
export class FetchAccount {
  readonly #events: FetchEvents
  #open: { readonly artifact: string; readonly tried: Set<string>; server: string; reason: string } | undefined
  fetches = 0
  failovers = 0
  failedFetches = 0

  constructor(events: FetchEvents) {
    this.#events = events
  }

  /** Before each try. */
  attempt(artifact: string, server: string): void {
    const open = this.#open
    if (open === undefined) return
    if (open.artifact !== artifact || open.tried.has(server)) {
      this.abandon()
      return
    }
    this.failovers++
    this.#events.failover({ artifact, from: open.server, to: server, reason: open.reason })
  }

  /** The artifact came, whole. */
  succeeded(): void {
    this.fetches++
    this.#open = undefined
  }

  /** The server was not reached or did not stay. */
  lost(artifact: string, server: string, reason: string): void {
    // Behind the first hop who was lost is known only now: one that was lost before ends the round.
    if (this.#open?.tried.has(server) === true) this.abandon()
    if (this.#open?.artifact !== artifact) this.#open = { artifact, tried: new Set(), server, reason }
    this.#open.tried.add(server)
    this.#open.server = server
    this.#open.reason = reason
  }

  /** The server answered, and not with the artifact. */
  wrong(artifact: string, server: string, reason: string): void {
    this.#open = undefined
    this.failedFetches++
    this.#events.failed({ artifact, server, reason })
  }

  /** Nobody will try again for what is open. */
  abandon(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    this.failedFetches++
    this.#events.failed({ artifact: open.artifact, server: open.server, reason: open.reason })
  }

  /** Power went off: what is open is nobody's fault. */
  forget(): void {
    this.#open = undefined
  }
}
