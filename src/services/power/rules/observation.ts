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
 * Judges what a power state says about an open command. `conclusive`: a command that had any effect would show by now.
 * A state on its way never is.
 */
export type Conclude = (seen: PowerState, command: OpenCommand, patience: Patience, nowLogMs: number) => boolean

/** The judgement of the product. Tests of the checks swap it for one that is too quick. */
export const conclude: Conclude = (seen, command, patience, nowLogMs) => {
  if (seen === 'powering_on' || seen === 'powering_off') return isOver(command, patience.powerTimeoutMs, nowLogMs)
  const waitMs = command.acceptedLogMs === undefined ? patience.settleMs : patience.powerTimeoutMs
  return isOver(command, Math.max(waitMs, patience.settleMs), nowLogMs)
}

function isOver(command: OpenCommand, waitMs: number, nowLogMs: number): boolean {
  return nowLogMs >= (command.acceptedLogMs ?? command.sentBeforeLogMs) + waitMs
}
