import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { formatDuration } from '../src/lib/duration.ts'
import { commandBlocks, type CommandBlock } from './readme-blocks.ts'
import { root } from './run-command.ts'

/**
 * Runs the marked commands of README.md as a reader would: literally, in order, each block in a fresh shell that stops
 * at the first command that fails. Fails when one does, or takes longer than its limit.
 */
const limits = { blockMs: 15 * 60_000, readyMs: 60_000, stopMs: 10_000 } as const

const readme = join(root, 'README.md')
const blocks = existsSync(readme) ? commandBlocks(readFileSync(readme, 'utf8')) : []
const background: ChildProcess[] = []
try {
  for (const block of blocks) {
    process.stdout.write(`README.md:${block.line}\n${block.commands.replaceAll(/^/gm, '  $ ')}\n`)
    const startMs = performance.now()
    const problem = await (block.readyText === undefined ? runToEnd(block) : startInBackground(block, block.readyText))
    const took = `${((performance.now() - startMs) / 1000).toFixed(1)} s`
    if (problem !== undefined) {
      process.stdout.write(`FAILED README.md:${block.line}: ${problem} (${took})\n`)
      process.exitCode = 1
      break
    }
    process.stdout.write(`ok     README.md:${block.line} (${took})\n`)
  }
} finally {
  await Promise.all(background.map(stop))
}
process.stdout.write(`${blocks.length} blocks of commands in README.md\n`)

async function runToEnd(block: CommandBlock): Promise<string | undefined> {
  const shell = start(block, 'inherit')
  const end = once(shell, 'close')
  if (await isLate(end, limits.blockMs)) {
    await stop(shell)
    return `not done after ${formatDuration(limits.blockMs)}`
  }
  return shell.exitCode === 0 ? undefined : `ended with ${shell.exitCode ?? shell.signalCode}`
}

async function startInBackground(block: CommandBlock, readyText: string): Promise<string | undefined> {
  const shell = start(block, 'pipe')
  background.push(shell)
  let output = ''
  const ready = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      process.stdout.write(chunk)
      output = (output + chunk.toString()).slice(-65_536)
      if (output.includes(readyText)) resolve()
    }
    shell.stdout?.on('data', read)
    shell.stderr?.on('data', read)
    shell.on('close', () => resolve())
  })
  if (await isLate(ready, limits.readyMs)) return `did not print ${JSON.stringify(readyText)}`
  return output.includes(readyText) ? undefined : `ended with ${shell.exitCode ?? shell.signalCode}`
}

/** A shell in a process group of its own, so that all that it starts can be stopped with it. */
function start(block: CommandBlock, output: 'inherit' | 'pipe'): ChildProcess {
  return spawn('bash', ['-euo', 'pipefail', '-c', block.commands], {
    cwd: root,
    detached: true,
    env: readerEnvironment(),
    stdio: ['ignore', output, output],
  })
}

/** The environment without what npm added: a reader's shell has neither our tools in its path nor npm's variables. */
function readerEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD')
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) }
}

async function stop(shell: ChildProcess): Promise<void> {
  if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return
  const end = once(shell, 'close')
  signalGroup(shell.pid, 'SIGTERM')
  if (!(await isLate(end, limits.stopMs))) return
  signalGroup(shell.pid, 'SIGKILL')
  await end
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // The whole group ended between the look and the signal: nothing is left to stop.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** True when the promise has not settled within the limit. */
async function isLate(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(true), limitMs)
  try {
    return await Promise.race([promise.then(() => false), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
