import { spawn } from 'node:child_process'
import type { RunReport } from '../run/report.ts'
import type { Mutant } from './mutant.ts'
import { withMutatedTree } from './mutated-tree.ts'

/** How the simulator did with one bug. */
export interface Verdict {
  readonly name: string
  /** An oracle has found it. */
  readonly killed: boolean
  /** Seeds that were run, the one that found it among them. */
  readonly seeds: number
  /** What did not hold; of one that is not killed, why there is no verdict, if there is none. */
  readonly by: string
}

export interface Dose {
  readonly seeds: number
  readonly ticks: number
  /** A run that takes longer is taken for one that never ends. */
  readonly timeoutMs: number
}

/** Lets the simulator look for a bug. Throws `PatchError`. */
export function trial(mutant: Mutant, dose: Dose): Promise<Verdict> {
  return withMutatedTree(mutant, async (tree) => {
    const { focus, patches } = mutant
    // Nobody has to look for no bug twice.
    if (patches.length === 0) return look(mutant.name, tree, dose, focus)
    const verdict = await look(mutant.name, tree, dose, [])
    if (verdict.killed || focus.length === 0) return verdict
    const closer = await look(mutant.name, tree, dose, focus)
    const by = `${closer.by}, with ${focus.join(', ')}`
    return { ...closer, seeds: verdict.seeds + closer.seeds, by: closer.by === '' ? '' : by }
  })
}

async function look(name: string, tree: string, dose: Dose, focus: readonly string[]): Promise<Verdict> {
  return verdictOf(name, dose.seeds, await run(tree, dose, focus))
}

/** How a run of the simulator has ended. */
export interface Ending {
  readonly code: number | null
  /** What it wrote to stdout. */
  readonly output: string
  /** It was ended because it took too long. */
  readonly isLate: boolean
}

/** Where no oracle has spoken nothing is found: the harness may have broken down, and not what it looks at. */
export function verdictOf(name: string, seeds: number, { code, output, isLate }: Ending): Verdict {
  if (isLate) return { name, killed: false, seeds, by: 'it never ends' }
  const report = parse(output)
  if (report === undefined) return { name, killed: false, seeds, by: `the run ends with code ${code}` }
  const [failure] = report.failures
  return { name, killed: failure !== undefined, seeds: report.seeds, by: failure?.invariant ?? '' }
}

function run(tree: string, dose: Dose, focus: readonly string[]): Promise<Ending> {
  const args = ['--seeds', `${dose.seeds}`, '--ticks', `${dose.ticks}`, '--workers', '1', '--json']
  if (focus.length > 0) args.push('--with', focus.join(','))
  const child = spawn(process.execPath, ['test/sim/main.ts', ...args, '--stop-at-failure', '--no-shrink'], {
    cwd: tree,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  return new Promise((resolve) => {
    let output = ''
    let isLate = false
    child.stdout.on('data', (data: Buffer) => (output += data.toString()))
    const timer = setTimeout(() => {
      isLate = true
      // The whole group: the process that runs the seeds would outlive its parent.
      process.kill(-child.pid!, 'SIGKILL')
    }, dose.timeoutMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output, isLate })
    })
  })
}

function parse(output: string): RunReport | undefined {
  try {
    return JSON.parse(output) as RunReport
  } catch {
    return undefined
  }
}
