import { layout } from '../../../src/raft/store/disk.ts'
import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { LogOracle } from './log-oracle.ts'
import { expectHolds } from './violation.ts'

const paths = [layout.snapshotPart, layout.snapshotArrived].map((name) => `${layout.directory}/${name}`)

/** A snapshot stands for committed entries alone, and whoever says that he has a part of one keeps it. */
export class SnapshotOracle {
  readonly #log: LogOracle
  readonly #isDamaged: (peer: SimPeer) => boolean
  /** By peer, who offered it a snapshot last. */
  readonly #senders = new Map<SimPeer, SimPeer>()
  /** By peer, the losses of power of its disk when it last opened a snapshot. */
  readonly #powerLosses = new Map<SimPeer, number>()
  readonly #historyBegins = new Map<SimPeer, number>()
  readonly #installing = new Set<SimPeer>()

  constructor(log: LogOracle, isDamaged: (peer: SimPeer) => boolean) {
    this.#log = log
    this.#isDamaged = isDamaged
  }

  sent(from: SimPeer, to: SimPeer, frame: SnapshotFrame): void {
    if (frame.kind === 'offer') {
      this.#senders.set(to, from)
      expectHolds(
        this.#log.isCommitted(frame.index, frame.term),
        'state machine safety',
        () => `${from.name} offers a snapshot of entry ${frame.index} of term ${frame.term}, which is not committed`,
      )
    }
    if (frame.kind !== 'progress' || frame.refusal !== '') return
    const durableBytes = Math.max(0, ...paths.map((path) => from.disk.files.get(path)?.durableBytes ?? 0))
    expectHolds(
      frame.durableBytes <= durableBytes,
      'kept promises',
      () =>
        `${from.name} says that it has ${frame.durableBytes} bytes of a snapshot, and its disk holds ${durableBytes}`,
    )
  }

  installs(peer: SimPeer, index: number): void {
    this.#powerLosses.set(peer, peer.disk.powerLosses)
    this.#installing.add(peer)
    expectHolds(
      index <= this.#log.committed,
      'state machine safety',
      () => `${peer.name} installs a snapshot of entry ${index}, and ${this.#log.committed} was committed last`,
    )
  }

  /** Only what a loss of power has spoilt, or damage, here or at the state that it was made of, may be refused. */
  refuses(peer: SimPeer, reason: string): void {
    const sender = this.#senders.get(peer)
    const isDamaged = this.#isDamaged(peer) || (sender !== undefined && this.#isDamaged(sender))
    const before = this.#powerLosses.get(peer) ?? 0
    this.#powerLosses.set(peer, peer.disk.powerLosses)
    expectHolds(
      isDamaged || peer.disk.powerLosses > before,
      'no needless damage',
      () => `${peer.name} refuses a snapshot: ${reason}`,
    )
  }

  /** The state is open, at this revision. */
  opened(peer: SimPeer, revision: number): void {
    if (this.#installing.delete(peer)) this.#historyBegins.set(peer, revision)
  }

  /** Changes up to this revision a peer need not know. */
  historyBegin(peer: SimPeer): number {
    return this.#historyBegins.get(peer) ?? 0
  }
}
