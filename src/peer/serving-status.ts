import type { Health } from '../rpc/health.ts'

/**
 * Keeps gRPC health in step with this peer: `''` and the services follow readiness, `leader` is SERVING on the leader
 * alone, and what is answered ready or not always is.
 */
export class ServingStatus {
  readonly #health: Health
  readonly #ports: {
    readonly ready: () => boolean
    readonly leads: () => boolean
    readonly services: readonly string[]
    readonly always: readonly string[]
  }

  constructor(
    health: Health,
    ports: {
      readonly ready: () => boolean
      readonly leads: () => boolean
      readonly services: readonly string[]
      /** Answered by a peer that is not ready, too. */
      readonly always: readonly string[]
    },
  ) {
    this.#health = health
    this.#ports = ports
    for (const name of ports.always) health.set(name, true)
    this.refresh()
  }

  /** Something may have changed. */
  refresh(): void {
    const { ready, leads, services } = this.#ports
    const isReady = ready()
    for (const name of ['', ...services]) this.#set(name, isReady)
    this.#set('leader', leads())
  }

  #set(name: string, serving: boolean): void {
    if (this.#health.get(name) !== serving) this.#health.set(name, serving)
  }
}
