import type { PowerState } from '../../../redfish/facts.ts'

/** A command whose end is not known, with what is known of it. All times are log time. */
export interface OpenCommand {
  /** When the BMC accepted it; undefined while nobody knows whether it did. */
  readonly acceptedLogMs: number | undefined
  /**
   * The latest time at which it can have been sent: when its answer was lost, or, for the intent of a leader before
   * this one, when this one began to observe.
   */
  readonly sentBeforeLogMs: number
}

/** How long observations have to be patient. */
export interface Patience {
  /** How long after a command a BMC may still show the state before it: of its profile. */
  readonly settleMs: number
  /** How long the effect of an accepted command may take. */
  readonly powerTimeoutMs: number
}

/**
 * Judges what a power state that was asked for at `askedLogMs` says about an open command. True: a command that had
 * any effect would show by then. A state on its way has the whole power time-out, whether or not the BMC's acceptance
 * is known; and nothing is concluded within the settle time, however short the time-out is.
 */
export type Conclude = (seen: PowerState, command: OpenCommand, patience: Patience, askedLogMs: number) => boolean

/** The judgement of the product. Tests of the checks swap it for one that is too quick. */
export const conclude: Conclude = (seen, command, { settleMs, powerTimeoutMs }, askedLogMs) => {
  const isOnItsWay = seen === 'powering_on' || seen === 'powering_off'
  const isKnown = command.acceptedLogMs !== undefined
  const waitMs = isOnItsWay || isKnown ? Math.max(powerTimeoutMs, settleMs) : settleMs
  return askedLogMs >= (command.acceptedLogMs ?? command.sentBeforeLogMs) + waitMs
}
