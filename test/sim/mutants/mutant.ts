import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A bug that is put into a copy of the tree, for the simulator to find. */
export interface Mutant {
  readonly name: string
  /** Applied in order. */
  readonly patches: readonly string[]
}

const folder = import.meta.dirname

/** Without any bug: were it found guilty, no verdict would mean anything. */
export const control: Mutant = { name: 'no bug', patches: [] }

/**
 * All bugs. Those that break a rule of the log are put in twice: with the assertions on, which may stop a peer before
 * it does harm, and with them off, so that the harm itself has to be seen.
 */
export function allMutants(): readonly Mutant[] {
  const off = patchesIn(join(folder, 'assertions-off'))
  return patchesIn(folder).flatMap((patch) => {
    const name = patch.slice(folder.length + 1, -'.patch'.length)
    const plain: Mutant = { name, patches: [patch] }
    return name.startsWith('rule-') ? [plain, { name: `${name}, assertions off`, patches: [...off, patch] }] : [plain]
  })
}

function patchesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => join(directory, name))
}
