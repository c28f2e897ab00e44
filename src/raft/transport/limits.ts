/** Limits of the peer protocol. Both ends of a connection enforce the same ones. */

/** The data of one entry. A transaction has at most 1 MiB, and an entry holds one or more of them. */
export const entrySizeBytesMax = 4 * 1024 * 1024

/** One relayed message: a forwarded request of at most 4 MiB, or its answer. */
export const relaySizeBytesMax = 16 * 1024 * 1024

/** One frame of a stream: the largest relay, or a batch of messages of which each may hold one large entry. */
export const frameSizeBytesMax = 20 * 1024 * 1024

/** A batch takes no more messages once it holds this much, so that only a single message can be larger. */
export const batchSizeBytesTarget = 1024 * 1024

/** What waits to be sent to one peer for the consensus. Beyond it messages are dropped, which Raft makes good. */
export const replicateQueueBytesMax = 32 * 1024 * 1024

/** What waits to be sent to one peer for its main thread. Beyond it the connection is closed, and so the loss is told. */
export const relayQueueBytesMax = 64 * 1024 * 1024

/** What waits to be sent to one peer of a snapshot: its window of chunks, and answers. */
export const snapshotQueueBytesMax = 4 * 1024 * 1024

/** Peers that are spoken with although no configuration that is known here names them; see `Transport.setPeers`. */
export const strangersMax = 32

/** A dialled peer that has not said hello within this time is tried again. */
export const helloTimeoutMs = 2000

/** Pauses between attempts to dial a peer; doubled after each, so that all peers may start in any order. */
export const redialDelayMs = { min: 100, max: 1000 } as const

/** A connection whose peer does not answer a ping is closed: a frozen process keeps its sockets open. */
export const keepaliveMs = { interval: 2000, timeout: 2000 } as const

/** HTTP/2 window of a stream: large enough that a relay of 1 MiB does not wait for round trips. */
export const flowControlWindowBytes = 4 * 1024 * 1024

if (frameSizeBytesMax < relaySizeBytesMax + 1024) throw new Error('a frame must hold the largest relay')
if (frameSizeBytesMax < batchSizeBytesTarget + entrySizeBytesMax + 1024 * 1024) {
  throw new Error('a frame must hold a full batch and one more message with the largest entry')
}
