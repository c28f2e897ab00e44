import { join } from 'node:path'
import { verifyState } from '../../state/snapshot/copy-state.ts'
import { LevelKeyValue } from '../../state/storage/level-key-value.ts'
import { damageOf } from '../../state/storage/state-damaged.ts'
import { readIfThere } from '../private-file.ts'

/** The state in a data directory. What of it cannot be read is 0 or ''. */
export interface CollectedState {
  /** Name of its directory; the pointer tells it. */
  readonly name: string
  /** The last entry that it has applied, and its term. */
  readonly index: number
  readonly term: number
  readonly revision: number
  readonly incarnation: string
  /** Sum of all its rows. */
  readonly hash: string
  /** Why it cannot be gone on with; '' if it is sound. */
  readonly problem: string
}

/**
 * Reads a whole state and sums it up. LevelDB puts its own files in order when it opens them: to be called on a copy.
 * `name` is that of the directory that counts; undefined if the pointer is damaged.
 */
export async function collectState(directory: string, name: string | undefined): Promise<CollectedState> {
  const nothing = { name: name ?? '', index: 0, term: 0, revision: 0, incarnation: '', hash: '' }
  if (name === undefined) return { ...nothing, problem: 'the pointer to the state is damaged' }
  let keyValue: LevelKeyValue
  try {
    keyValue = await LevelKeyValue.open(join(directory, name), { create: false })
  } catch {
    return { ...nothing, problem: 'the state is missing, or does not open' }
  }
  try {
    const { mark, problem } = await verifyState(keyValue)
    if (mark === undefined) return { ...nothing, problem }
    const { index, term, revision, incarnation, stateHash } = mark
    return {
      name,
      index: Number(index),
      term: Number(term),
      revision: Number(revision),
      incarnation,
      hash: Buffer.from(stateHash).toString('hex'),
      problem: problem === '' ? await disownedIn(directory) : problem,
    }
  } finally {
    await keyValue.close()
  }
}

/** A state that a comparison with the other peers found wrong looks sound. */
async function disownedIn(directory: string): Promise<string> {
  const text = await readIfThere(join(directory, 'damaged'))
  if (text === undefined) return ''
  return text.trim() === '' ? damageOf('it was marked as such') : text.trim()
}
