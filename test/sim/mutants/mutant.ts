import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { focus, focusOf } from './focus.ts'

/** A bug that is put into a copy of the tree, for the simulator to find. */
export interface Mutant {
  readonly name: string
  /** Applied in order. */
  readonly patches: readonly string[]
  /** What it is looked for with a second time; see `focus`. */
  readonly focus: readonly string[]
}

const folder = import.meta.dirname

/** Without any bug, once for each way of looking: were one found guilty, no verdict would mean anything. */
export const controls: readonly Mutant[] = [[], ...new Set(Object.values(focus))].map((kinds) => ({
  name: `no bug${kinds.length === 0 ? '' : `, with ${kinds.join(', ')}`}`,
  patches: [],
  focus: kinds,
}))

/**
 * All bugs. Those that break a rule of the log are put in twice: with the assertions on, which may stop a peer before
 * it does harm, and with them off, so that the harm itself has to be seen.
 */
export function allMutants(): readonly Mutant[] {
  const off = patchesIn(join(folder, 'assertions-off'))
  return patchesIn(folder).flatMap((patch) => {
    const name = patch.slice(folder.length + 1, -'.patch'.length)
    const plain: Mutant = { name, patches: [patch], focus: focusOf(name) }
    return name.startsWith('rule-')
      ? [plain, { ...plain, name: `${name}, assertions off`, patches: [...off, patch] }]
      : [plain]
  })
}

function patchesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.patch'))
    .sort()
    .map((name) => join(directory, name))
}
