import { constants } from 'node:os'
import { Demo } from './demo.ts'
import { readOptions, type DemoOptions } from './options.ts'
import type { DemoReport } from './report.ts'

/** The first signal that tells us to end. The terminal has told everything that we started as well. */
const interruption = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(constants.signals[signal]))
})

let isOver = false
const options = readOptions(process.argv.slice(2))
if (options !== undefined) process.exit(await run(options))

/** Runs the demo to its end, or to the first signal; gives the exit code. */
async function run(asked: DemoOptions): Promise<number> {
  const say = (line: string): void => {
    if (!asked.json && !isOver) process.stdout.write(`${line}\n`)
  }
  const demo = new Demo(asked, say)
  const interrupted = interruption.then(async (signal) => {
    say('\nInterrupted; what was started is ended.')
    // What fails from here on fails because of that.
    isOver = true
    await demo.abandon()
    if (asked.json) process.stdout.write(`${JSON.stringify(demo.report)}\n`)
    return 128 + signal
  })
  return Promise.race([interrupted, toTheEnd(demo, asked, { say, interrupted })])
}

async function toTheEnd(
  demo: Demo,
  { json, keep }: DemoOptions,
  { say, interrupted }: { readonly say: (line: string) => void; readonly interrupted: Promise<number> },
): Promise<number> {
  await demo.run()
  if (isOver) return interrupted
  const { report } = demo
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else say(summary(report))
  if (keep && !json) {
    say(['\nEverything is left running; Ctrl-C ends it. Try:', ...demo.hints().map((hint) => `  ${hint}`)].join('\n'))
    return interrupted
  }
  await demo.cleanUp()
  return report.ok ? 0 : 1
}

function summary({ ok, reason, session, writeGapMs, durationMs }: DemoReport): string {
  const { succeeded, failed, session_state } = session
  const counts = `${succeeded} succeeded, ${failed} failed; largest write gap ${writeGapMs} ms`
  return [
    ok ? '\nAll held.' : `\nIt did not hold: ${reason}`,
    `session ${session_state}, ${counts}; ${(durationMs / 1000).toFixed(1)} s in all`,
  ].join('\n')
}
