import { withUsage } from '../support/usage.ts'
import { failureText, Report } from './run/report.ts'
import { readOptions, usage, type RunOptions } from './run/options.ts'
import { runInProcesses } from './run/pool.ts'
import type { SeedJob } from './run/seed-job.ts'

/** Between two lines that say how far it is, so that a person sees that it runs. */
const progressMs = 10_000

/** Runs the simulator as its command line says; true if nothing failed. */
async function run(options: RunOptions): Promise<boolean> {
  const report = new Report()
  const started = performance.now()
  let nextSeed = options.fromSeed
  let told = started
  const next = (): SeedJob | undefined => {
    const isOver = nextSeed >= options.fromSeed + options.seeds
    if (isOver || (options.stopsAtFailure && report.failed.length > 0)) return undefined
    const { ticks, without, focus, shrinks, lines } = options
    return { seed: nextSeed++, ticks, without, focus, shrinks, lines }
  }
  await runInProcesses(options.workers, next, (seedReport) => {
    report.add(seedReport)
    if (seedReport.result.failure !== undefined) process.stderr.write(`${failureText(seedReport, options)}\n`)
    if (performance.now() - told < progressMs) return
    told = performance.now()
    process.stderr.write(`${report.seeds} seeds, ${report.ticks} ticks, ${report.failed.length} failed\n`)
  })
  const seconds = (performance.now() - started) / 1000
  const last = options.fromSeed + report.seeds - 1
  if (options.isJson) process.stdout.write(`${JSON.stringify(report.result())}\n`)
  else {
    process.stdout.write(`${report.text()}\n`)
    process.stdout.write(
      `seeds ${options.fromSeed} to ${last}, ${report.ticks} ticks in ${seconds.toFixed(1)} s: ${report.failed.length} failed\n`,
    )
  }
  return report.failed.length === 0
}

await withUsage(usage, async () => {
  const options = readOptions(process.argv.slice(2))
  process.exitCode = (await run(options)) ? 0 : 1
})
