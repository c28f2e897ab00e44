/** Writes that wait at a leader at once, from their arrival to their answer. */
export const writesWaitingMax = 20_000

/**
 * Proposals on their way at once. While as many are, requests gather, and the next entry carries them all: few and
 * full entries under load, short waits without it.
 */
export const proposalsInFlightMax = 8

/** How long one turn of the event loop evaluates or applies, before others get theirs. */
export const sliceMsMax = 8

/** Pause after the consensus had no room for a proposal, unless something is applied before. */
export const refusalPauseMs = 10

/** How long one ReadIndex round for refusals may take before it is begun again. */
export const confirmationTimeoutMs = 2_000

/** Bytes that are applied and not yet in LevelDB; above it, applying waits. */
export const unflushedBytesMax = 67_108_864

/** State hashes that are kept for comparison. */
export const hashesKept = 16

/** The state hash is kept at each index that this divides, for comparison between peers. */
export const hashIntervalEntries = 1_000

/** Transactions whose changes are kept in memory, for watchers that are up to date. */
export const changesInMemoryMax = 10_000

/** Bytes of rows in changes that are kept in memory. */
export const changesInMemoryBytesMax = 33_554_432

/** Transactions whose changes are kept in LevelDB: how far back a watch resumes. */
export const changesKeptMax = 200_000

/** Bytes of changes that are kept in LevelDB. */
export const changesKeptBytesMax = 268_435_456

/** Changes that are deleted from LevelDB with one batch, so that no batch grows with what is too much. */
export const changesDeletedPerBatchMax = 10_000

/** Watches at once. */
export const watchesMax = 1_000

/** A watch that has nothing to show for so long gets a bookmark. */
export const bookmarkIntervalMs = 5_000

/** Changes of other tables after which a watch gets a bookmark although there is no pause. */
export const bookmarkSkippedMax = 1_000
