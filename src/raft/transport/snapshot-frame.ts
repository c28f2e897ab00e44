/** A snapshot that a leader has for a peer. */
export interface SnapshotOffer {
  readonly kind: 'offer'
  /** Names the file: two of the same state are two snapshots. */
  readonly id: string
  /** The last entry that it holds. */
  readonly index: number
  readonly term: number
  readonly sizeBytes: number
}

/** A part of a snapshot. The bytes are a view of the frame: copy what outlives the call. */
export interface SnapshotChunk {
  readonly kind: 'chunk'
  readonly id: string
  readonly position: number
  /** CRC-32 of the bytes. */
  readonly checksum: number
  readonly data: Uint8Array
}

/** How far a snapshot has got: so much of it is durable, or why it is not wanted. */
export interface SnapshotProgress {
  readonly kind: 'progress'
  readonly id: string
  readonly durableBytes: number
  /** '' if it is wanted. */
  readonly refusal: string
}

/** What two peers say to each other about a snapshot. */
export type SnapshotFrame = SnapshotOffer | SnapshotChunk | SnapshotProgress
