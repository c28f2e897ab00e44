import type { SimPeer } from '../peer/sim-peer.ts'
import { isQuorum, type Membership } from './membership-model.ts'
import { expectHolds } from './violation.ts'

/**
 * A leader that hears of no majority steps down within two election time-outs of its own clock; this is more, for a
 * clock that drifts and a thread that gets its turn late.
 */
const silenceMsMax = 3_000

/** A leader takes writes once it has applied an entry of its own, after this at the latest. */
const idleMsMax = 10_000

/** Nobody leads in vain: who does not hear of a majority, or takes no writes, lets clients wait for nothing. */
export class ContactOracle {
  readonly #peers: readonly SimPeer[]
  readonly #nowMs: () => number
  /** When a peer last heard of another one, or began to count. */
  readonly #heard = new Map<string, number>()
  readonly #sinceMs = new Map<SimPeer, { readonly ms: number; readonly membership: Membership }>()

  /** Since when a leader that could take writes does not. */
  readonly #idleSinceMs = new Map<SimPeer, number>()

  constructor(peers: readonly SimPeer[], nowMs: () => number) {
    this.#peers = peers
    this.#nowMs = nowMs
  }

  heard(from: string, to: string): void {
    this.#heard.set(`${from} ${to}`, this.#nowMs())
  }

  /** Called after every tick. */
  look(): void {
    const nowMs = this.#nowMs()
    for (const peer of this.#peers) {
      this.#lookAtWrites(peer, nowMs)
      const { process } = peer
      const { membership } = peer
      const counts = peer.role === 'leader' && process?.worker.isBusy === false && !process.isStopping
      if (!counts || membership === undefined) {
        this.#sinceMs.delete(peer)
        continue
      }
      // Whoever takes part only now has not been listened for.
      let since = this.#sinceMs.get(peer)
      if (since?.membership !== membership) this.#sinceMs.set(peer, (since = { ms: nowMs, membership }))
      const { ms: sinceMs } = since
      const isHeard = (id: string) => {
        const lastMs = id === peer.id ? nowMs : (this.#heard.get(`${id} ${peer.id}`) ?? 0)
        return nowMs - Math.max(lastMs, sinceMs) <= silenceMsMax
      }
      expectHolds(
        isQuorum(membership, isHeard),
        'liveness',
        () => `${peer.name} leads term ${peer.term}, and has heard of no majority for ${silenceMsMax} ms`,
      )
    }
  }

  #lookAtWrites(peer: SimPeer, nowMs: number): void {
    const { process, term } = peer
    const replica = process?.replica
    const couldTakeWrites =
      peer.role === 'leader' &&
      replica !== undefined &&
      replica.appliedIndex >= peer.firstIndex &&
      process?.main.isBusy === false &&
      !process.isStopping
    if (!couldTakeWrites || replica.leadingTerm === term) return void this.#idleSinceMs.delete(peer)
    const sinceMs = this.#idleSinceMs.get(peer) ?? nowMs
    this.#idleSinceMs.set(peer, sinceMs)
    expectHolds(
      nowMs - sinceMs <= idleMsMax,
      'liveness',
      () => `${peer.name} leads term ${term}, and has taken no writes for ${idleMsMax} ms`,
    )
  }
}
