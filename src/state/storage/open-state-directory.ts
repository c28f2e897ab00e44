import { trivetError } from '../../lib/errors.ts'
import type { KeyValue } from './key-value.ts'
import { LevelKeyValue } from './level-key-value.ts'
import type { OpenedState, OpenStateOptions } from './open-state.ts'
import { openState } from './open-state.ts'
import { damageOf } from './state-damaged.ts'

/**
 * Opens the state in its directory; makes it only when `format` is given. A database that is gone or does not open is
 * damaged. Errors: DATA_DIRECTORY_LOCKED while another process has it open, and those of `openState`.
 */
export async function openStateDirectory(options: Omit<OpenStateOptions, 'keyValue'>): Promise<OpenedState> {
  const { directory, format } = options
  let keyValue: KeyValue
  try {
    keyValue = await LevelKeyValue.open(directory, { create: format !== undefined })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    if (codeOf(cause) === 'LEVEL_LOCKED') throw trivetError('DATA_DIRECTORY_LOCKED', { directory }, { cause: error })
    const text = cause instanceof Error ? cause.message : String(cause)
    return { kind: 'damaged', reason: damageOf(`it does not open: ${text}`) }
  }
  try {
    const opened = await openState({ ...options, keyValue })
    if (opened.kind === 'damaged') await keyValue.close()
    return opened
  } catch (error) {
    await keyValue.close()
    throw error
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
