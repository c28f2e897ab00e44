import type { ConfState, LogReader, Message, PeerId, Status } from '../core/types.ts'
import type { Files } from '../store/files.ts'
import type { LogStore } from '../store/log-store.ts'
import type { SnapshotFrame, SnapshotOffer } from '../transport/snapshot-frame.ts'
import { snapshotTransfersMax } from './limits.ts'
import type { Outlet } from './outlet.ts'
import type { MadeSnapshot } from './port.ts'
import { SnapshotReceiver } from './snapshot-receiver.ts'
import { SnapshotSender } from './snapshot-sender.ts'
import { SnapshotShelf } from './snapshot-shelf.ts'

/** What `Snapshots` stands on. */
export interface SnapshotsPorts {
  readonly files: Files
  readonly store: LogStore
  readonly outlet: Outlet
  readonly chunkBytes?: number | undefined
  status(): Status
  send(to: PeerId, frame: SnapshotFrame): boolean
  /** Has the core tell the leader how far the log is: it holds all that the snapshot would bring. */
  acknowledge(leader: PeerId, offer: SnapshotOffer): void
  /** Tells the core how a transfer ended. */
  report(to: PeerId, delivered: boolean): void
  /** A file that has to be there is not, or cannot be named: the process must end. */
  fail(reason: string): void
}

/**
 * Snapshots of one member, in both directions: those that its core wants sent, and the one that it is sent. A snapshot
 * that has arrived is installed by the next start of the peer, which main begins at once; so there is one way of
 * installing it, whatever interrupts it. Until then this peer is deaf and mute.
 */
export class Snapshots {
  readonly #ports: SnapshotsPorts
  readonly #shelf: SnapshotShelf
  readonly #receiver: SnapshotReceiver
  readonly #senders = new Map<PeerId, SnapshotSender>()
  #isAwaitingStart = false

  constructor(ports: SnapshotsPorts) {
    const { files, store, outlet } = ports
    this.#ports = ports
    this.#shelf = new SnapshotShelf({
      store,
      wanted: () => outlet.snapshotWanted(),
      unused: (id) => outlet.snapshotUnused(id),
    })
    this.#receiver = new SnapshotReceiver({
      files,
      refusal: (from, offer) => this.#refusal(from, offer),
      send: (to, frame) => void ports.send(to, frame),
      complete: () => (this.#isAwaitingStart = true),
      arrived: ({ index, term }) => {
        const fields = { index, term }
        outlet.log({ level: 'info', message: 'a snapshot has arrived, and is installed by a new start', fields })
        outlet.snapshotArrived(index)
      },
      failed: (reason) => ports.fail(reason),
    })
  }

  /** A snapshot has arrived, which takes the place of log and state: nothing may be promised to anybody any more. */
  get isAwaitingStart(): boolean {
    return this.#isAwaitingStart
  }

  /** See `SnapshotShelf`. */
  get heldIndex(): number {
    return this.#shelf.heldIndex
  }

  /** The log as the core reads it, with the snapshot that can be sent. */
  reader(log: LogReader): LogReader {
    return {
      initialState: () => log.initialState(),
      entries: (low, high, maxBytes) => log.entries(low, high, maxBytes),
      term: (index) => log.term(index),
      firstIndex: () => log.firstIndex(),
      lastIndex: () => log.lastIndex(),
      snapshot: () => this.#shelf.metadata(),
    }
  }

  /** Main has made one, or could not. */
  made(snapshot: MadeSnapshot | undefined): void {
    this.#shelf.put(snapshot)
  }

  /** The log has grown beyond all bounds, although somebody is being sent a snapshot. */
  drop(): void {
    this.#shelf.drop()
  }

  /** The core wants a peer to have the snapshot that it was told of. */
  sendTo(to: PeerId): void {
    const snapshot = this.#shelf.made
    this.#senders.get(to)?.stop()
    this.#senders.delete(to)
    if (snapshot === undefined || this.#senders.size >= snapshotTransfersMax) return this.#ports.report(to, false)
    const { chunkBytes, files, outlet } = this.#ports
    const fields = { peer: to, index: snapshot.index, bytes: snapshot.sizeBytes }
    outlet.log({ level: 'info', message: 'a peer is sent a snapshot', fields })
    const sender = new SnapshotSender({
      snapshot,
      chunkBytes,
      read: (part) => files.readPart(snapshot.file, part),
      send: (frame) => this.#ports.send(to, frame),
      done: ({ delivered, reason }) => {
        if (this.#senders.get(to) !== sender) return
        this.#senders.delete(to)
        const message = delivered ? 'a peer has got its snapshot' : 'a peer has not got its snapshot'
        outlet.log({ level: delivered ? 'info' : 'warn', message, fields: { ...fields, reason } })
        this.#ports.report(to, delivered)
      },
    })
    this.#senders.set(to, sender)
  }

  frame(from: PeerId, frame: SnapshotFrame): void {
    if (frame.kind === 'offer') return this.#receiver.offered(from, frame)
    if (frame.kind === 'chunk') return this.#receiver.chunk(from, frame)
    if (this.#shelf.made?.id === frame.id) this.#senders.get(from)?.progress(frame)
  }

  tick(): void {
    for (const sender of this.#senders.values()) sender.tick()
    const isInUse = this.#senders.size > 0
    this.#shelf.tick({ isInUse, isNeeded: isInUse || this.#isBehind(this.heldIndex) })
  }

  /** Whether somebody whom this leader replicates to has not got so far; nobody, if it does not lead. */
  #isBehind(index: number): boolean {
    return index !== Infinity && this.#ports.status().progress.some(({ match }) => match < index)
  }

  #refusal(from: PeerId, offer: SnapshotOffer): string {
    const { commit, leader, term } = this.#ports.status()
    if (this.#isAwaitingStart) return 'another snapshot has arrived'
    if (from !== leader || offer.term > term) return 'it does not come from the leader'
    if (offer.index > commit && !this.#logHolds(offer)) return ''
    // The leader may not know how far this peer is: it sent the snapshot to its former life.
    this.#ports.acknowledge(from, offer)
    return 'the log has all of it'
  }

  #logHolds({ index, term }: SnapshotOffer): boolean {
    const { store } = this.#ports
    return index >= store.firstIndex() - 1 && index <= store.lastIndex() && store.term(index) === term
  }
}

/** What the leader would say if it named the snapshot in a message. */
export function snapshotNamed(
  { id, term }: Status,
  named: { readonly leader: PeerId; readonly offer: SnapshotOffer; readonly confState: ConfState },
): Message {
  const { leader, offer, confState } = named
  return {
    type: 'snapshot',
    from: leader,
    to: id,
    term,
    logTerm: 0,
    index: 0,
    entries: [],
    commit: 0,
    commitTerm: 0,
    vote: '',
    reject: false,
    rejectHint: 0,
    context: '',
    snapshot: { index: offer.index, term: offer.term, confState },
    responses: [],
  }
}
