import { execFileSync, spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const root = join(import.meta.dirname, '../..')
const source = join(import.meta.dirname, 'etcd-node')
const binary = join(root, '.cache/raft-diff/etcd-node')

/** Why the comparison is not possible here; undefined where it is. */
export function whyNoEtcd(): string | undefined {
  const { status, error } = spawnSync('go', ['version'], { stdio: 'ignore' })
  if (error === undefined && status === 0) return undefined
  return 'Go is not installed (1.26 or later, https://go.dev/dl)'
}

/** Builds the program that hosts etcd's nodes, from the Go module proxy or what Go has of it; throws if it cannot. */
export function buildEtcdNode(): string {
  mkdirSync(join(root, '.cache/raft-diff'), { recursive: true })
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: source, stdio: ['ignore', 'ignore', 'inherit'] })
  return binary
}

/** The program that hosts etcd's nodes, while it runs. Schedules are answered in the order in which they were given. */
export class EtcdNode {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting: {
    readonly resolve: (lines: readonly string[]) => void
    readonly reject: (error: Error) => void
  }[] = []
  #lines: string[] = []
  #rest = ''
  #isEnding = false

  constructor(path: string) {
    this.#child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout.setEncoding('utf8')
    this.#child.stdout.on('data', (text: string) => this.#take(text))
    this.#child.on('error', (error) => this.#fail(error))
    this.#child.on('exit', (code) => {
      if (!this.#isEnding || this.#waiting.length > 0) this.#fail(new Error(`etcd-node ended (${code})`))
    })
    // The exit says more than that it no longer reads.
    this.#child.stdin.on('error', () => {})
  }

  /** Carries out a schedule; a line for each operation, fewer if etcd stopped at the last of them. */
  replay(schedule: object): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#child.stdin.write(`${JSON.stringify(schedule)}\n`)
    })
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return
    this.#isEnding = true
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    await ended
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      if (line !== '') {
        this.#lines.push(line)
        continue
      }
      this.#waiting.shift()!.resolve(this.#lines)
      this.#lines = []
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
