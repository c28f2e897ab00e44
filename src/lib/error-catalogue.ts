import { availabilityErrors } from './error-catalogue/availability.ts'
import { bmcErrors } from './error-catalogue/bmcs.ts'
import { bootErrors } from './error-catalogue/boot.ts'
import { callErrors } from './error-catalogue/calls.ts'
import { commandLineErrors } from './error-catalogue/command-line.ts'
import { inventoryErrors } from './error-catalogue/inventory.ts'
import { nameErrors } from './error-catalogue/names.ts'
import { peerErrors } from './error-catalogue/peers.ts'
import { requestErrors } from './error-catalogue/requests.ts'
import { runErrors } from './error-catalogue/runs.ts'
import { snapshotErrors } from './error-catalogue/snapshots.ts'
import { startErrors } from './error-catalogue/start.ts'
import { stateErrors } from './error-catalogue/state.ts'
import type { ErrorFacts } from './errors.ts'

/**
 * Every error that trivet gives, by subject in the files of `error-catalogue/`. The code never changes once released;
 * the texts may. Message: what happened, to which thing. Remedy: what to do, a command where there is one.
 */
export const catalogue = {
  ...requestErrors,
  ...stateErrors,
  ...nameErrors,
  ...inventoryErrors,
  ...startErrors,
  ...commandLineErrors,
  ...availabilityErrors,
  ...callErrors,
  ...peerErrors,
  ...bmcErrors,
  ...bootErrors,
  ...runErrors,
  ...snapshotErrors,
} as const satisfies Record<string, ErrorFacts>
