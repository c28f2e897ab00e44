import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A process that takes and gives lines of JSON. */
export class JsonProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  /** Starts a script of this folder on one CPU. */
  constructor(options: { readonly script: string; readonly args?: readonly string[]; readonly cpu: number }) {
    const script = join(import.meta.dirname, options.script)
    const args = ['-c', String(options.cpu), process.execPath, script, ...(options.args ?? [])]
    this.#child = spawn('taskset', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The next line that it writes. Rejects when it ends instead. */
  async read<Answer>(): Promise<Answer> {
    const { value: line, done } = await this.#lines.next()
    if (done === true) throw new Error('a process of the bench ended before it answered')
    return JSON.parse(line) as Answer
  }

  async ask<Answer>(question: unknown): Promise<Answer> {
    const answer = this.read<Answer>()
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`)
    return answer
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}
