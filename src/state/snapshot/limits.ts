/** Pairs that are read from LevelDB at once. */
export const pairsReadMax = 256

/** A record of pairs is closed once it holds this much, before compression. */
export const recordBytesTarget = 256 * 1024

/** It is closed, too, once it holds so many, for each costs the main thread time, however small it is. */
export const recordPairsMax = 500

/**
 * No more pairs are read at once when they hold this much: a row has up to 1 MiB, and as many as `pairsReadMax` of
 * these would take a quarter of a gigabyte at once.
 */
export const bytesReadTarget = recordBytesTarget

/**
 * A record holds at most this much, compressed or not: one pair of the largest kind may come on top of an almost full
 * one. What claims more is no snapshot, and nothing is allocated for it.
 */
export const recordBytesMax = 8 * 1024 * 1024

/** What one turn of the event loop may take of a snapshot's work. */
export const snapshotSliceMsMax = 10
