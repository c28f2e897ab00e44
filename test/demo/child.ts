import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** A process that the demo started, with its output in files. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** Lines of stdout as they come. */
  readonly lines: AsyncIterable<string>
  /** Resolves when it has ended. */
  readonly ended: Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Starts a script with this very Node. Its stderr goes to a file; it dies with nobody to read it if we do. */
export function startChild(options: {
  readonly name: string
  readonly script: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
}): Child {
  const child: ChildProcess = spawn(process.execPath, [options.script, ...options.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, NO_COLOR: '1' },
  })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  child.stderr!.pipe(log)
  const lines: string[] = []
  let wake = () => {}
  let over = false
  const reader = createInterface({ input: child.stdout! })
  reader.on('line', (line) => {
    log.write(`${line}\n`)
    lines.push(line)
    wake()
  })
  const ended = once(child, 'exit').then(() => {
    over = true
    wake()
  })
  return {
    name: options.name,
    pid: child.pid!,
    ended,
    kill: (signal) => void child.kill(signal),
    lines: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          while (lines.length > 0) yield lines.shift()!
          if (over) return
          await new Promise<void>((resolve) => (wake = resolve))
        }
      },
    },
  }
}

/** The first line that `pick` makes something of, within `timeoutMs`. */
export async function firstLine<Picked>(
  child: Child,
  pick: (line: string) => Picked | undefined,
  timeoutMs: number,
): Promise<Picked> {
  const found = (async () => {
    for await (const line of child.lines) {
      const picked = pick(line)
      if (picked !== undefined) return picked
    }
    throw new Error(`${child.name} ended before it was ready`)
  })()
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${child.name} was not ready within ${timeoutMs} ms`)), timeoutMs).unref()
  })
  return Promise.race([found, late])
}
