import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../gen/grpc/health/v1/health_pb.ts'
import { trivetError } from '../lib/errors.ts'
import { service, type BoundService } from './service.ts'

/**
 * What this peer says about itself (gRPC health checking protocol v1): `''` is the peer as a whole, `leader` is SERVING
 * on the leader alone, so that a load balancer can find it, and each service has its full name.
 */
export class Health {
  readonly #serving = new Map<string, boolean>()
  readonly #watchers = new Set<() => void>()
  #stopped = false

  /** Says whether a service is served. A service that was never set is unknown. */
  set(name: string, serving: boolean): void {
    this.#serving.set(name, serving)
    this.#wake()
  }

  /** NOT_SERVING for everything, for good: this server is about to stop. */
  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  /** The status of one service; undefined for one that is not known. */
  get(name: string): boolean | undefined {
    const serving = this.#serving.get(name)
    return serving === undefined ? undefined : serving && !this.#stopped
  }

  /** Resolves at the next change of any service. */
  async #changed(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#watchers.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#watchers.add(done)
      signal.addEventListener('abort', done)
    })
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }

  /** The present status of a service, and each one that differs from the last. A watcher that lags misses some. */
  async *watch(name: string, signal: AbortSignal): AsyncGenerator<boolean | undefined> {
    let told: { readonly status: boolean | undefined } | undefined
    while (!signal.aborted) {
      const status = this.get(name)
      if (told === undefined || told.status !== status) {
        told = { status }
        yield status
      } else {
        await this.#changed(signal)
      }
    }
  }
}

/** The `grpc.health.v1.Health` service over a `Health`. */
export function healthService(health: Health): BoundService {
  return service(HealthService, {
    check: async ({ service: name }) => {
      const serving = health.get(name)
      // The protocol demands NOT_FOUND here, and SERVICE_UNKNOWN as an answer of Watch.
      if (serving === undefined) throw trivetError('SERVICE_UNKNOWN', { service: name })
      return { status: statusFor(serving) }
    },
    watch: async function* ({ service: name }, call) {
      for await (const serving of health.watch(name, call.signal)) yield { status: statusFor(serving) }
    },
  })
}

function statusFor(serving: boolean | undefined): ServingStatus {
  if (serving === undefined) return ServingStatus.SERVICE_UNKNOWN
  return serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING
}
