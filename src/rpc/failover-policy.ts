import { factsOf, TrivetError, type ErrorCode } from '../lib/errors.ts'
import { RemoteError, wireErrorOf } from './remote-error.ts'

/** Tries of one call, over all addresses: enough for a minute of pauses with three of them. */
export const triesMax = 256

/** A try that has no answer after this long is given up, so that a frozen peer does not hold up the call. */
export const tryTimeoutMsDefault = 5000

/** A stream that has stood this long has been served, even if it had nothing to say. */
export const servedAfterMs = 5000

/** A connection that is not there after this long is given up. */
export const connectTimeoutMs = 2000

/** A cluster none of whose addresses has ever answered is given up after this long: it is probably not running. */
export const firstContactTimeoutMs = 3000

/** With less time than this left none is begun: it would be cut off, and leave a write whose outcome nobody knows. */
export const tryMsMin = 100

const pauseMsMin = 50
const pauseMsMax = 1000

/**
 * Whether another peer, or the same one later, may answer. True for UNAVAILABLE in all its forms, and for a try of ours
 * that ran into its own time-out; a DEADLINE_EXCEEDED that a server wrote is its answer.
 */
export function isWorthRetrying(error: unknown): boolean {
  if (error instanceof RemoteError) return error.facts.grpc === 'UNAVAILABLE'
  if (!(error instanceof TrivetError)) return false
  if (error.code === 'DEADLINE_EXCEEDED') return wireErrorOf(error) === undefined
  return factsOf(error.code).grpc === 'UNAVAILABLE'
}

/** Refusals that a peer gives before it has passed the request on. */
const refusedBeforehand = new Set<ErrorCode>(['NOT_READY', 'NO_LEADER', 'PEER_DAMAGED'])

/** Whether a request that was sent and failed like this may have been executed all the same. */
export function mayHaveBeenExecuted(error: unknown): boolean {
  return !(error instanceof TrivetError && wireErrorOf(error) !== undefined && refusedBeforehand.has(error.code))
}

/**
 * How long to pause before a try: not at all while there are addresses that this round has not asked, then 50 ms,
 * doubling each round up to 1 s, less a random half so that clients do not come back all at once.
 */
export function pauseBeforeMs(failed: { readonly tries: number; readonly addresses: number }, random: number): number {
  if (failed.tries % failed.addresses !== 0) return 0
  const round = failed.tries / failed.addresses - 1
  return Math.min(pauseMsMax, pauseMsMin * 2 ** round) * (1 - random / 2)
}
