import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'

/** The root of the project. */
export const root = join(import.meta.dirname, '..')

export interface Outcome {
  readonly ok: boolean
  /** Both streams in the order in which they came; empty when they went to the terminal. */
  readonly output: string
}

export interface RunOptions {
  /** Shows what the command prints while it runs, instead of keeping it. */
  readonly live?: boolean
}

/**
 * Runs a program of the project from its root, with our pinned Node and tools first in the path. A program that cannot
 * be started is an outcome like any other, so that the steps behind it still run.
 */
export function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const path = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ['ignore', ...(options.live === true ? (['inherit', 'inherit'] as const) : (['pipe', 'pipe'] as const))],
    })
    const chunks: Buffer[] = []
    const keep = (chunk: Buffer): number => chunks.push(chunk)
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => resolve({ ok: false, output: `${program}: ${error.message}\n` }))
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }))
  })
}
