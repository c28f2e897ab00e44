/** Rows that one transaction puts and deletes at most, those included that go with their owner. */
export const transactionRowsMax = 1_000

/** Bytes of one transaction as it stands in the log. */
export const transactionBytesMax = 1_048_576

/** Bytes of one entry. Above `transactionBytesMax`, so that the largest transaction fits with the entry's own fields. */
export const entryBytesMax = transactionBytesMax + 65_536

/** Transactions in one entry. */
export const entryTransactionsMax = 1_024

/** UTF-8 bytes of a row's key, of each of its index keys, and of its owner's key. */
export const keyBytesMax = 1_024

/** How far ahead of log time a request id may be drawn. */
export const requestAheadMsMax = 10_000

/** Violations that the kept refusal of a retry repeats; a person acts on the first ones. */
export const keptViolationsMax = 100

/** Characters of a parameter or a description that the kept refusal of a retry repeats. */
export const keptTextLengthMax = 1_024
