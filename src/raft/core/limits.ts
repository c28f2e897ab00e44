/** Reads that wait for a round or for its end; the ones beyond are dropped, as if their message had been lost. */
export const readsPendingMax = 10_000
