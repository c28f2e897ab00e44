/** Longest wait for the leader's word before a read is answered from applied state, marked as stale. */
export const confirmTimeoutMs = 250

/** An answer that takes longer is no answer: the socket is destroyed, and the node asks the next peer (rule R4). */
export const answerTimeoutMs = 2_000

/** The same for a node's report, which waits for a commit. */
export const reportTimeoutMs = 4_500

/** A socket without progress for so long is destroyed, also in mid-body: the client is gone, or had better go on. */
export const progressTimeoutMs = 5_000

/** A request has to be there whole within this time. */
export const requestTimeoutMs = 10_000

/** How long a stopping peer goes on bringing what its nodes fetched. */
export const lastEvidenceMs = 1_000

/** Connections are kept longer than a node pauses between two artifacts (rule R9). */
export const keepAliveMs = 20_000

/** A phone-home is a small form. */
export const bodySizeBytesMax = 64 * 1024
