import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import { outerEnvironment } from './outer-environment.ts'

const wrapper = fileURLToPath(new URL('../../../bin/trivet', import.meta.url))

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the CLI as a user does: through `bin/trivet`, in a directory of its own, with TRIVET_SERVER set. */
export class Cli {
  readonly #cwd: string
  readonly #server: string
  readonly #show: ((line: string) => void) | undefined
  readonly #signal: AbortSignal | undefined

  /** `signal` ends what runs; those who wait for it are told so. */
  constructor(options: {
    readonly cwd: string
    readonly server: string
    readonly show?: ((line: string) => void) | undefined
    readonly signal?: AbortSignal | undefined
  }) {
    this.#cwd = options.cwd
    this.#server = options.server
    this.#show = options.show
    this.#signal = options.signal
  }

  /** Runs one command, shown as it would be typed, with what it prints. Does not throw for its exit code. */
  async run(...args: readonly string[]): Promise<CommandResult> {
    this.#show?.(`\n$ trivet ${args.map(quoted).join(' ')}`)
    const child = spawn(wrapper, [...args], {
      cwd: this.#cwd,
      env: { ...outerEnvironment(), TRIVET_SERVER: this.#server, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.#signal,
    })
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => this.#show?.(chunk.replace(/\n$/, '')))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => this.#show?.(chunk.replace(/\n$/, '')))
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { exitCode: Number(code), stdout, stderr }
  }

  /** Runs a command that must succeed. */
  async must(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(...args)
    if (exitCode !== 0) throw new Error(`trivet ${args.join(' ')}: exit ${exitCode}: ${stderr.trim()}`)
    return stdout
  }

  /** Asks for JSON without showing it: for checks of the demo's own. */
  async json<Answer>(...args: readonly string[]): Promise<Answer> {
    const quiet = new Cli({ cwd: this.#cwd, server: this.#server, signal: this.#signal })
    return JSON.parse(await quiet.must(...args, '-o', 'json')) as Answer
  }
}

function quoted(argument: string): string {
  return /^[-\w@%+=:,./[\]]+$/.test(argument) && !argument.includes('[') ? argument : `'${argument}'`
}
