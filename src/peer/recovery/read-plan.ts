import { readFile } from 'node:fs/promises'
import { trivetError } from '../../lib/errors.ts'
import type { RecoveryPlan } from './plan.ts'

/** What `recovery plan` has written to a file. Throws FILE_UNREADABLE, and FILE_INVALID. */
export async function readPlan(file: string): Promise<RecoveryPlan> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw trivetError('FILE_UNREADABLE', { file, reason: error instanceof Error ? error.message : String(error) })
  })
  const read = parse(text)
  if (isPlan(read)) return read
  const reason = 'it is no plan of this release; give what recovery plan has written to stdout'
  throw trivetError('FILE_INVALID', { file, reason })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** It was not shortened or written by another release. That nobody has changed it is not looked at. */
function isPlan(read: unknown): read is RecoveryPlan {
  if (typeof read !== 'object' || read === null) return false
  const { version, digest, directories, state, incarnation } = read as { readonly [field: string]: unknown }
  return (
    version === 2 &&
    typeof digest === 'string' &&
    typeof incarnation === 'string' &&
    Array.isArray(directories) &&
    typeof state === 'object' &&
    state !== null
  )
}
