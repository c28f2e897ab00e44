import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

const root = join(import.meta.dirname, '../../..')

/** What the simulator needs of the tree. */
const parts = ['src', 'test/sim', 'test/support/usage.ts', 'package.json'] as const

/** A patch that does not fit: the code that it breaks has changed, and the patch must change with it. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
}

/** Makes a copy of the tree with the bug in it, lets somebody work on it, and removes it. Throws `PatchError`. */
export async function withMutatedTree<Result>(
  mutant: Mutant,
  work: (tree: string) => Promise<Result>,
): Promise<Result> {
  const tree = mkdtempSync(join(tmpdir(), 'trivet-mutant-'))
  try {
    for (const part of parts) cpSync(join(root, part), join(tree, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
    for (const patch of mutant.patches) apply(patch, tree)
    return await work(tree)
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}

function apply(patch: string, tree: string): void {
  try {
    execFileSync('git', ['apply', '--whitespace=nowarn', '-C1', patch], { cwd: tree, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new PatchError(`${patch} does not apply: ${said}`)
  }
}
