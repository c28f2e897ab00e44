import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { outerEnvironment } from './outer-environment.ts'

/** How a process ended. */
export interface End {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process that was started, with all that it says in a file. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** Lines of stdout as they come. */
  readonly lines: AsyncIterable<string>
  /** Resolves when it has ended. */
  readonly ended: Promise<End>
  kill(signal: NodeJS.Signals): void
}

/** What runs now. None of it may outlive us, however we end. */
const running = new Set<{ readonly kill: (signal: NodeJS.Signals) => unknown }>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Compiled code is kept between starts, as `bin/trivet` does: it halves the time that one takes. */
const compileCache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'trivet')

/**
 * Starts a script with this very Node. Its stderr goes straight to the file, so that a reader who is busy, or gone,
 * never holds it up.
 */
export function startChild(options: {
  readonly name: string
  readonly script: string
  readonly args: readonly string[]
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
}): Child {
  const log = openSync(options.logFile, 'a')
  const child: ChildProcess = spawn(process.execPath, [options.script, ...options.args], {
    stdio: ['pipe', 'pipe', log],
    env: { NODE_COMPILE_CACHE: compileCache, ...outerEnvironment(), ...options.env, NO_COLOR: '1' },
  })
  running.add(child)
  const lines: string[] = []
  let wake = () => {}
  let over = false
  createInterface({ input: child.stdout! }).on('line', (line) => {
    writeSync(log, `${line}\n`)
    lines.push(line)
    wake()
  })
  // Only then all of its output has been read.
  const ended = once(child, 'close').then(([code, signal]): End => {
    running.delete(child)
    closeSync(log)
    over = true
    wake()
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
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
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${child.name} was not ready within ${timeoutMs} ms`)), timeoutMs)
  return Promise.race([found, late]).finally(() => clearTimeout(timer))
}

/** Tells a process to stop, also one that is frozen, and kills it when it has not ended after `timeoutMs`. */
export async function endChild(child: Child, timeoutMs = 15_000): Promise<End> {
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  return child.ended.finally(() => clearTimeout(timer))
}
