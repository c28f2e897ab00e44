import { Demo } from './demo.ts'
import { readOptions } from './options.ts'

const options = readOptions(process.argv.slice(2))
if (options !== undefined) {
  const say = (line: string): void => {
    if (!options.json) process.stdout.write(`${line}\n`)
  }
  const demo = new Demo(options, say)
  let interrupted = false
  const interrupt = (): void => {
    if (interrupted) return
    interrupted = true
    void demo.cleanUp().finally(() => process.exit(130))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  await demo.run()
  const { report } = demo
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else {
    const { succeeded, failed, session_state } = report.session
    say(report.ok ? '\nAll held.' : `\nIt did not hold: ${report.reason}`)
    say(
      `session ${session_state}, ${succeeded} succeeded, ${failed} failed; largest write gap ${report.writeGapMs} ms; ${(report.durationMs / 1000).toFixed(1)} s in all`,
    )
  }
  if (options.keep && !options.json && !interrupted) {
    say(
      `\nEverything is left running; Ctrl-C ends it. Try:\n${demo
        .hints()
        .map((hint) => `  ${hint}`)
        .join('\n')}`,
    )
    await new Promise(() => setInterval(() => undefined, 1 << 30))
  }
  if (!interrupted) {
    await demo.cleanUp()
    process.exit(report.ok ? 0 : 1)
  }
}
