import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Child } from './child.ts'
import { firstLine, startChild } from './child.ts'
import type { Sabotage } from './options.ts'
import { until } from './until.ts'

/** Where one peer listens; the same after a restart. */
export interface PeerAddresses {
  readonly name: string
  readonly api: string
  readonly peer: string
  readonly node: string
  readonly admin: string
}

/** One peer: a process of its own, as a user starts it. */
export class PeerProcess {
  readonly addresses: PeerAddresses
  readonly #args: readonly string[]
  readonly #logFile: string
  readonly #sabotage: Sabotage | undefined
  #child: Child | undefined

  constructor(options: {
    readonly addresses: PeerAddresses
    readonly initialPeers: string
    readonly dataDir: string
    readonly sealKeyFile: string
    readonly bmcNetworks: string
    readonly logFile: string
    readonly sabotage?: Sabotage | undefined
  }) {
    const { addresses } = options
    this.addresses = addresses
    this.#logFile = options.logFile
    this.#sabotage = options.sabotage
    const flags = {
      name: addresses.name,
      'data-dir': options.dataDir,
      'initial-peers': options.initialPeers,
      'cluster-token': 'demo',
      'seal-key-file': options.sealKeyFile,
      'bmc-networks': options.bmcNetworks,
      'api-listen': addresses.api,
      'peer-listen': addresses.peer,
      'node-listen': addresses.node,
      'admin-listen': addresses.admin,
    }
    this.#args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  }

  get name(): string {
    return this.addresses.name
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get alive(): boolean {
    return this.#child !== undefined
  }

  /** The command as a user would type it. */
  get commandLine(): string {
    return `trivet serve ${this.#args.join(' ')}`
  }

  async start(): Promise<void> {
    const product = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const wrong = fileURLToPath(new URL('./sabotaged-peer.ts', import.meta.url))
    const script = this.#sabotage === undefined ? product : wrong
    const first = this.#sabotage === undefined ? 'serve' : this.#sabotage
    const child = startChild({
      name: `peer ${this.name}`,
      script,
      args: [first, ...this.#args],
      logFile: this.#logFile,
    })
    this.#child = child
    void child.ended.then(() => {
      if (this.#child === child) this.#child = undefined
    })
    await firstLine(child, (line) => (line.includes('api') ? line : undefined), 20_000)
  }

  /** Waits until `/readyz` says so. */
  async ready(timeoutMs: number): Promise<void> {
    await until(
      `peer ${this.name} is ready`,
      async () => ((await fetch(`http://${this.addresses.admin}/readyz`)).ok ? true : undefined),
      { timeoutMs },
    )
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    child?.kill('SIGKILL')
    await child?.ended
  }

  async stop(): Promise<void> {
    const child = this.#child
    child?.kill('SIGTERM')
    await child?.ended
  }
}

/** Addresses with ports that were free a moment ago. */
export async function freeAddresses(names: readonly string[]): Promise<readonly PeerAddresses[]> {
  const servers = await Promise.all(names.flatMap(() => [listen(), listen(), listen(), listen()]))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return names.map((name, index) => {
    const [api, peer, node, admin] = ports.slice(index * 4, index * 4 + 4).map((port) => `127.0.0.1:${port}`)
    return { name, api: api!, peer: peer!, node: node!, admin: admin! }
  })
}

function listen() {
  const server = createServer()
  return new Promise<typeof server>((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
