import { messageCodes, peerNumber } from './observation.ts'
import type { MessageRef } from './operation.ts'
import { withoutVoteCommit } from './vote-commit.ts'
import type { Message } from '../../src/raft/core/types.ts'

/** A message on its way, with the name by which the other side knows its twin. */
export interface Parcel {
  readonly ref: MessageRef
  /** Without what only our messages say; see `withoutVoteCommit`. */
  readonly message: Message
  /** What was left out. */
  readonly toldCommit: number
}

/** What peers have sent and nobody has taken. Delivered messages stay known, so that one can be delivered twice. */
export class Network {
  /** In the order of sending. */
  inFlight: Parcel[] = []
  readonly #sent = new Map<string, Parcel>()
  /** Emitted, but not sent until the write that they stand behind is done. */
  readonly #held = new Map<Message, MessageRef>()

  /**
   * Takes all that an operation emitted. Where a round of reads began by it, etcd has sent `extra` heartbeats to each
   * peer before those that are the twins of ours.
   */
  emit(
    op: number,
    emitted: { readonly atOnce: readonly Message[]; readonly behindWrite: readonly Message[] },
    round?: { readonly extra: number; readonly heartbeats: ReadonlySet<Message> },
  ): void {
    const counts = new Map<string, number>()
    const refOf = (message: Message): MessageRef => {
      const type = messageCodes[message.type]
      const to = peerNumber(message.to)
      const key = `${type}/${to}`
      const nth = counts.get(key) ?? 0
      counts.set(key, nth + 1)
      return { op, type, to, nth: round?.heartbeats.has(message) === true ? nth + round.extra : nth }
    }
    for (const message of emitted.atOnce) this.#send(refOf(message), message)
    for (const message of emitted.behindWrite) this.#held.set(message, refOf(message))
  }

  /** The write behind which these stood is done. */
  release(messages: readonly Message[]): void {
    for (const message of messages) {
      this.#send(this.#held.get(message)!, message)
      this.#held.delete(message)
    }
  }

  find(ref: MessageRef): Parcel | undefined {
    return this.#sent.get(keyOf(ref))
  }

  /** Takes a message off the network, by its place. */
  take(at: number): Parcel | undefined {
    return this.inFlight.splice(at, 1)[0]
  }

  #send(ref: MessageRef, message: Message): void {
    const comparable = withoutVoteCommit(message)
    const parcel = { ref, message: comparable, toldCommit: message.commit - comparable.commit }
    this.inFlight.push(parcel)
    this.#sent.set(keyOf(parcel.ref), parcel)
  }
}

function keyOf({ op, type, to, nth }: MessageRef): string {
  return `${op}/${type}/${to}/${nth}`
}
