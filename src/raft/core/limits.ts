/** Reads that wait for a round or for its end; the ones beyond are dropped, as if their message had been lost. */
export const readsPendingMax = 10_000

/**
 * Entries of a leader that are not committed. Bytes have a limit in the settings; this one holds for entries that have
 * hardly any.
 */
export const uncommittedEntriesMax = 100_000

/** Peers of a configuration, of all kinds together. Progress, votes and acknowledgements of reads are kept for each. */
export const peersMax = 32

/**
 * Election time-outs that a leader waits before it hands over to a peer of higher priority, and between two attempts: so
 * that leadership settles, even if peers are told different priorities.
 */
export const electionsBeforeHandOver = 3
