import type { Message, PeerId } from '../../../src/raft/core/types.ts'
import type { SnapshotFrame } from '../../../src/raft/transport/snapshot-frame.ts'

/** What a network carries from one peer to another. */
export type Parcel =
  | { readonly kind: 'messages'; readonly messages: readonly Message[] }
  | { readonly kind: 'relay'; readonly payload: Uint8Array }
  | { readonly kind: 'snapshot'; readonly frame: SnapshotFrame }

/** How one direction between two peers behaves now. Faults set these; healing sets them back. */
export interface LinkFaults {
  /** Parcels of the consensus that vanish, of all. */
  loss: number
  /** Messages with entries vanish and all others pass, as large packets do where a path takes small ones only. */
  losesEntries: boolean
  duplication: number
  /** Parcels that do not wait for those before them. */
  reordering: number
  /** Added to the time that a parcel takes, on average. */
  delayUs: number
  /** Nothing arrives, without a word. */
  isCut: boolean
  /** Everything waits until then. */
  cloggedUntilUs: number
}

export function soundLink(): LinkFaults {
  return {
    loss: 0,
    losesEntries: false,
    duplication: 0,
    reordering: 0,
    delayUs: 0,
    isCut: false,
    cloggedUntilUs: 0,
  }
}

/** One direction between two peers: the connection that the first dialled to the second, and what it is doing. */
export interface Link {
  readonly from: PeerId
  readonly to: PeerId
  faults: LinkFaults
  /** Rises with each connection: what was sent on an earlier one is lost. */
  connection: number
  isUp: boolean
  /** Nobody listened there when it was dialled last, but the host was there to say so. */
  isRefused: boolean
  /** When the last parcel arrives: the next one of the same connection does not arrive before. */
  lastArrivalUs: number
  /** As for the others, of parcels of a snapshot: they have a connection of their own, which delays nobody. */
  lastSnapshotUs: number
  /** Relays that the receiver does not take in now. */
  readonly held: Uint8Array[]
  /** What was sent while the link was cut. */
  readonly stuck: Parcel[]
}
