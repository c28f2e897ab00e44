import type { DeathCode } from '../raft/index.ts'
import { UnknownStateVersionError } from '../state/pure/state-version.ts'

/** What a process says when it ends because of an error: of a kind that an operator mends, or a defect with its trace. */
export function deathOf(error: unknown): readonly [code: DeathCode, reason: string] {
  if (error instanceof UnknownStateVersionError) return ['state_version_unknown', error.message]
  return ['defect', error instanceof Error ? (error.stack ?? error.message) : String(error)]
}
