/** What one run of the CLI may hold or wait for. */
export const cliLimits = {
  /** A file that a flag names; a request holds no more. */
  fileSizeBytesMax: 4 * 1024 * 1024,
  /** A secret that is typed. */
  secretCharsMax: 4096,
  /** Pages of one list that are followed. */
  pagesMax: 1000,
  /** Rows of one list, over all pages. */
  rowsMax: 200_000,
  /** What one file of messages may hold before it is sent; the server has a lower limit of its own for each method. */
  elementsMax: 100_000,
  /** Mistakes of a file that are shown; the first ones say enough. */
  problemsMax: 50,
} as const

/** A unary command gives up after this long, unless `--timeout` says otherwise. */
export const timeoutMsDefault = 30_000

/** A command that has no answer after this long looks why, says so, and looks again. */
export const waitingLookEveryMs = 2_000

/** A peer that is asked why there is no answer has this long to say so. */
export const waitingLookTimeoutMs = 1_000

/** While all peers are away, a broken stream is asked for again for this long before the command gives up. */
export const retryStreamForMs = 60_000

/** A stream that a peer has ended in good order is asked for again after this pause. */
export const endedStreamPauseMs = 200

/** A watched list is asked for again at most this often. */
export const refreshPauseMs = 250
