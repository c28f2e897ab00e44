import { setTimeout as pause } from 'node:timers/promises'
import type { PeerProcess } from './peer-process.ts'

/** A script loop gives a peer 5 s. */
const timeoutMs = 5_000

/** Asks for a script again and again, and goes on at the next peer when one is lost, as a node's script does. */
export class NodeFetcher {
  readonly failed: string[] = []
  fetches = 0
  failovers = 0
  #stopped = false
  readonly #peers: readonly PeerProcess[]
  readonly #running: Promise<void>

  constructor(peers: readonly PeerProcess[]) {
    this.#peers = peers
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    let preferred = 0
    while (!this.#stopped) {
      const lost: string[] = []
      for (let turn = 0; turn < this.#peers.length; turn++) {
        const peer = this.#peers[(preferred + turn) % this.#peers.length]!
        try {
          const answer = await fetch(`http://${peer.addresses.node}/boot/ipxe?mac=02-00-00-00-00-99`, {
            signal: AbortSignal.timeout(timeoutMs),
          })
          const text = await answer.text()
          if (answer.status !== 200 || !text.startsWith('#!ipxe')) this.failed.push(`${peer.name}: ${answer.status}`)
          this.failovers += turn
          preferred = (preferred + turn) % this.#peers.length
          lost.length = 0
          this.fetches++
          break
        } catch (error) {
          lost.push(`${peer.name}: ${String((error as Error).cause ?? error)}`)
        }
      }
      if (lost.length > 0) this.failed.push(`every peer was lost: ${lost.join('; ')}`)
      await pause(5)
    }
  }
}
