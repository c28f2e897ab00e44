/**
 * What one call may carry and how long it may take. The listener and every client enforce the same limits,
 * so that a message which one side sends is one that the other side takes.
 */

/** A request of a client. A transaction holds 1 MiB at most, and a request describes one. */
export const requestSizeBytesMax = 4 * 1024 * 1024

/** One answer, or one message of a streamed answer. Lists are paged and far below it. */
export const answerSizeBytesMax = 16 * 1024 * 1024

/** Calls open at once on one connection; a client keeps further ones back until one ends. */
export const callsPerConnectionMax = 1000

/** What Node keeps for one HTTP/2 connection before it refuses new calls on it. Named in MB because Node counts so. */
export const sessionMemoryMbMax = 64

/**
 * The error details of one status. They travel as a trailer, base64 makes them a third larger, and HTTP/2 peers take
 * 64 KiB of headers by default.
 */
export const errorDetailsSizeBytesMax = 24 * 1024

/** The text of one status. It travels beside the details, percent-encoded: up to three characters for each byte. */
export const errorTextSizeMax = 2000

/** Field violations that one answer names; the first ones say enough. */
export const violationsMax = 50

/** A unary call that names no time-out of its own. */
export const unaryTimeoutMsDefault = 30_000
