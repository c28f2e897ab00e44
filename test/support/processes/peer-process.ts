import { fileURLToPath } from 'node:url'
import type { Child, End } from './child.ts'
import { endChild, firstLine, startChild } from './child.ts'
import type { PeerAddresses } from './free-addresses.ts'
import { until } from './until.ts'

const product = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** How a peer is started. */
export interface PeerOptions {
  readonly addresses: PeerAddresses
  readonly dataDir: string
  readonly logFile: string
  /** Settings of `trivet serve` by name, beside those that follow from the above. */
  readonly settings: Readonly<Record<string, string>>
  /** Another composition root, for a peer that is wrong on purpose; gets the flags behind `args`. */
  readonly root?: { readonly script: string; readonly args: readonly string[] } | undefined
}

/** One peer: a process of its own, as a user starts it. */
export class PeerProcess {
  readonly options: PeerOptions
  readonly addresses: PeerAddresses
  readonly dataDir: string
  readonly logFile: string
  readonly #flags: readonly string[]
  readonly #root: { readonly script: string; readonly args: readonly string[] }
  #child: Child | undefined

  constructor(options: PeerOptions) {
    const { addresses, dataDir, logFile, settings } = options
    this.options = options
    this.addresses = addresses
    this.dataDir = dataDir
    this.logFile = logFile
    this.#root = options.root ?? { script: product, args: ['serve'] }
    const flags = {
      name: addresses.name,
      'data-dir': dataDir,
      ...settings,
      'api-listen': addresses.api,
      'peer-listen': addresses.peer,
      'node-listen': addresses.node,
      'admin-listen': addresses.admin,
    }
    this.#flags = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  }

  get name(): string {
    return this.addresses.name
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Its process is there; it may be frozen. */
  get alive(): boolean {
    return this.#child !== undefined
  }

  /** The command as a user would type it. */
  get commandLine(): string {
    return `trivet serve ${this.#flags.join(' ')}`
  }

  /** Starts the process; resolves when its API listens. */
  async start(): Promise<void> {
    await firstLine(this.launch(), (line) => (line.includes('api') ? line : undefined), 120_000)
  }

  /** Starts the process, which may end by itself. */
  launch(): Child {
    const { script, args } = this.#root
    const child = startChild({
      name: `peer ${this.name}`,
      script,
      args: [...args, ...this.#flags],
      logFile: this.logFile,
    })
    this.#child = child
    void child.ended.then(() => {
      if (this.#child === child) this.#child = undefined
    })
    return child
  }

  /** Waits until `/readyz` says so. */
  async ready(timeoutMs: number): Promise<void> {
    await until(
      `peer ${this.name} is ready`,
      async () => {
        const { status, text } = await this.readyz()
        if (status === 200) return true
        throw new Error(text)
      },
      { timeoutMs },
    )
  }

  /** What `/readyz?verbose` answers now. */
  async readyz(): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://${this.addresses.admin}/readyz?verbose`)
    return { status: response.status, text: await response.text() }
  }

  /** Stops the process in the middle of whatever it does, until `thaw`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    child?.kill('SIGKILL')
    await child?.ended
  }

  /** Stops it as an operator does; resolves when the process is gone, with how it ended. */
  async stop(): Promise<End | undefined> {
    return this.#child === undefined ? undefined : endChild(this.#child)
  }
}
