/** Time and size limits of a member. Relations between them are asserted below, once, when the program starts. */

/** Length of a tick of the core. */
export const tickMs = 50

/** Ticks between heartbeats: 100 ms. */
export const heartbeatTicks = 2

/**
 * Ticks without a leader before a follower campaigns: 1 s, and up to 2 s at random. Event loops were seen to stall for
 * 350 ms under load, so it may not be less.
 */
export const electionTicks = 20

/** The lease ends this long after the round of heartbeats began that a majority answered. */
export const leaseMs = 800

/** How much faster one peer's clock may run than another's, as a part of the time. */
const clockDriftMax = 0.05

/** Entries that one message to a follower holds. Reading them must not hold the loop for 10 ms. */
export const appendBytesMax = 256 * 1024

/** Committed entries that the core gives at once. */
export const committedBytesPerReadyMax = 256 * 1024

/** Entries that a leader takes before they are committed. */
export const uncommittedBytesMax = 32 * 1024 * 1024

/** Messages and bytes on their way to one follower. */
export const inflightMessagesMax = 256
export const inflightBytesMax = 16 * 1024 * 1024

/** Committed entries that main has been given and has not applied; beyond it they stay in the log. */
export const deliveredEntriesMax = 10_000
export const deliveredBytesMax = 8 * 1024 * 1024

/** Relayed bytes that main has been given and has not taken; beyond it they stay at their senders. */
export const relayedBytesMax = 32 * 1024 * 1024

/** A ReadIndex round without an answer is asked again after so many ticks. */
export const readRetryTicks = 4

/** Contexts of one round that may still be answered; the oldest is forgotten. */
export const readContextsMax = 8

/** ReadIndex rounds on their way; reads that come meanwhile share the next one. */
export const readRoundsMax = 4

/** Reads that wait for a round to begin. Main shares one among all that come in a turn, so that this is far off. */
export const readsQueuedMax = 10_000

/** A batch that has not been written after so many ticks ends the process: 20 s. A stopped process counts no ticks. */
export const storageStallTicks = 400

/** Time between an answer of the main thread and the next question whether it is there. */
export const mainProbeMs = 200

/**
 * A main thread that has not answered for this long is stuck, which costs leadership. Its slices are under 10 ms; no
 * collection of garbage takes so long.
 */
export const mainStallMs = 2_000

/** Of a longer time between two ticks no more counts as waiting for main: this thread stood still as well. */
export const standstillMsMax = 200

/**
 * A tick that comes so much later than it should is counted as late: half of the shortest election time-out, so that a
 * heartbeat which waited for it still reaches its follower in time.
 */
export const tickSlackMs = 500
/**
 * A leader whose disk has not taken a batch for so long, 1 s, behaves as if it was cut off: the others elect somebody
 * whose disk works. (An etcd leader with a stalled disk went on to lead for 48 minutes: its heartbeats need no disk.)
 */
export const silentDiskTicks = electionTicks

/** A peer that takes no part any more is still spoken with for so many ticks, 2 s: so it learns that it does not. */
export const departingTicks = 40

/** A thread whose loop has not turned for so many turns of the other one ends the process: 20 s. */
export const threadStallTicks = 400

/** After the leader's process is seen to be gone, a peer campaigns within this time, at random. */
export const earlyCampaignMs = { min: 50, max: 150 } as const

/** Campaigns of this kind before the ordinary time-outs take over. */
export const earlyCampaignsMax = 4

if (leaseMs >= (electionTicks - 1) * tickMs * (1 - clockDriftMax)) {
  throw new Error('a lease must end before any follower that heard the last heartbeat can campaign')
}
if (heartbeatTicks * tickMs + tickSlackMs >= electionTicks * tickMs) {
  throw new Error('a heartbeat that is late by the slack must come before an election')
}
if (heartbeatTicks * 4 > electionTicks) throw new Error('several heartbeats must fit into the election time-out')

/** One part of a snapshot on its way: reading and checking it takes less than a millisecond. */
export const snapshotChunkBytes = 128 * 1024

/** Parts of a snapshot that are sent and not known to be durable at the receiver. */
export const snapshotWindowBytes = 2 * 1024 * 1024

/** What is sent of one snapshot in a tick, so that a peer that catches up does not fill the network: 64 MiB/s. */
export const snapshotBytesPerTick = (64 * 1024 * 1024 * tickMs) / 1000

/** Without news from the receiver, the offer is repeated after so many ticks: it says how far it is. */
export const snapshotOfferTicks = 20

/** A transfer without any progress for so many ticks is given up: 10 s. */
export const snapshotStallTicks = 200

/** Snapshots on their way at once. */
export const snapshotTransfersMax = 2

/** A snapshot that nobody needs is kept for so many ticks, for a peer that needs it again: 60 s. */
export const snapshotKeptTicks = 1200

/** Main is asked again for a snapshot that it has not made after so many ticks: 30 s. */
export const snapshotWantedTicks = 600

/** After main could not make one, it is asked again after so many ticks: 1 s. */
export const snapshotRetryTicks = 20

if (snapshotChunkBytes * 2 > snapshotWindowBytes) throw new Error('a window holds several chunks')
if (snapshotStallTicks < 2 * snapshotOfferTicks) throw new Error('an offer is repeated before a transfer is given up')
