import { cells, Coverage, phases, roles } from '../disturbances/coverage.ts'
import { disturbances } from '../disturbances/table.ts'
import type { RunOptions } from './options.ts'
import type { SeedReport } from './seed-job.ts'

/** What `--json` prints. */
export interface RunReport {
  readonly seeds: number
  readonly ticks: number
  readonly failures: readonly { readonly seed: number; readonly invariant: string }[]
  /** Strikes by disturbance, role and phase. */
  readonly coverage: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>
  readonly zeroCells: readonly string[]
}

/** Gathers what seeds report. */
export class Report {
  readonly #coverage = new Coverage(disturbances.map(({ name }) => name))
  readonly #failed: SeedReport[] = []
  readonly #counts: Record<string, number> = {}
  #seeds = 0
  #ticks = 0

  add(report: SeedReport): void {
    const { result } = report
    this.#seeds++
    this.#ticks += result.ticks
    this.#coverage.add(result.coverage)
    for (const [name, count] of Object.entries(result.counts)) this.#counts[name] = (this.#counts[name] ?? 0) + count
    if (result.failure !== undefined) this.#failed.push(report)
  }

  get seeds(): number {
    return this.#seeds
  }

  get ticks(): number {
    return this.#ticks
  }

  get failed(): readonly SeedReport[] {
    return this.#failed
  }

  result(): RunReport {
    const table = this.#coverage.table()
    const coverage = Object.fromEntries(
      Object.entries(table).map(([name, counts]) => [
        name,
        Object.fromEntries(
          roles.map((role) => [
            role,
            Object.fromEntries(phases.map((phase) => [phase, counts[cellAt(role, phase)] ?? 0])),
          ]),
        ),
      ]),
    )
    const failures = this.#failed.map(({ result }) => ({ seed: result.seed, invariant: result.failure!.invariant }))
    return { seeds: this.#seeds, ticks: this.#ticks, failures, coverage, zeroCells: this.#coverage.zeroCells() }
  }

  /** The coverage table, and what happened altogether. */
  text(): string {
    const table = Object.entries(this.#coverage.table())
    const width = Math.max(...table.map(([name]) => name.length))
    const heads = cells.map(({ role, phase }) => `${role.slice(0, 4)}/${phase.slice(0, 5)}`)
    const head = `${'strikes'.padEnd(width)} ${heads.map((text) => text.padStart(10)).join(' ')}`
    const lines = table.map(
      ([name, counts]) => `${name.padEnd(width)} ${counts.map((count) => `${count}`.padStart(10)).join(' ')}`,
    )
    const counts = Object.entries(this.#counts).map(([name, count]) => `${name} ${count}`)
    const zero = this.#coverage.zeroCells()
    return [
      head,
      ...lines,
      '',
      counts.join(', '),
      `${zero.length} zero cells${zero.map((cell) => `\n  ${cell}`).join('')}`,
    ].join('\n')
  }
}

/** How to see a failing seed again, and what happened before it failed. */
export function failureText({ result, spared }: SeedReport, options: RunOptions): string {
  const failure = result.failure!
  const without = [...options.without, ...spared]
  const rest = kindsText('without', without) + kindsText('with', options.focus)
  return [
    `seed ${result.seed} fails at tick ${failure.tick}: ${failure.invariant}: ${failure.what}`,
    `  drawn: ${result.drawn.join(', ')}`,
    ...result.trace.slice(-options.lines).map((line) => `  ${line}`),
    `  again: npm run sim -- --seed ${result.seed} --ticks ${options.ticks}${rest}`,
  ].join('\n')
}

function cellAt(role: string, phase: string): number {
  return cells.findIndex((cell) => cell.role === role && cell.phase === phase)
}

function kindsText(flag: string, names: readonly string[]): string {
  return names.length === 0 ? '' : ` --${flag} "${names.join(',')}"`
}
