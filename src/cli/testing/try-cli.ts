import { runCli } from '../run-cli.ts'
import { startFakePeer, type FakeHandler, type FakePeer } from './fake-peer.ts'
import { Terminal, type TerminalOptions } from './terminal.ts'

/** What one run left behind. */
export interface CliRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Fake peers and runs of the CLI against them, ended together. */
export class CliBench {
  readonly #peers: FakePeer[] = []

  async peer(handlers: Readonly<Record<string, FakeHandler>>): Promise<FakePeer> {
    const peer = await startFakePeer(handlers)
    this.#peers.push(peer)
    return peer
  }

  /** Runs a line against a peer. */
  async run(peer: FakePeer, argv: readonly string[], options: TerminalOptions = {}): Promise<CliRun> {
    const env = { TRIVET_SERVER: peer.address, ...options.env }
    return await tryCli(argv, { ...options, env })
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers.splice(0)) await peer.stop()
  }
}

/** Runs a line. */
export async function tryCli(argv: readonly string[], options: TerminalOptions = {}): Promise<CliRun> {
  const terminal = new Terminal(options)
  const code = await runCli(argv, terminal)
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}
