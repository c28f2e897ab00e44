import type { ReadonlyMetadata } from './call-context.ts'
import { isStream, type Interceptor } from './interceptor.ts'

/** Log time in milliseconds, on every answer: a client draws its request ids by it (log.md rule 13). */
export const logTimeHeader = 'trivet-log-time'

/** The cluster's incarnation, on every answer; a restore renews it. */
export const incarnationHeader = 'trivet-incarnation'

/** What a client has to know before it can draw a request id. */
export interface ClusterTime {
  /** Milliseconds that never go back; compared with nothing but itself. */
  readonly logTimeMs: number
  readonly incarnation: string
}

/**
 * Says the cluster's time with every call: behind the answer of a unary one, also when that is an error, and before the
 * first message of a stream, which may have no end. Undefined while this server does not know it.
 */
export function tellingClusterTime(now: () => ClusterTime | undefined): Interceptor {
  return (next) => async (invocation) => {
    const { responseHeaders, responseTrailers } = invocation.call
    let streams = false
    try {
      const answer = await next(invocation)
      streams = isStream(answer)
      return answer
    } finally {
      const time = now()
      if (time !== undefined) {
        const metadata = streams ? responseHeaders : responseTrailers
        metadata.set(logTimeHeader, String(time.logTimeMs))
        metadata.set(incarnationHeader, time.incarnation)
      }
    }
  }
}

/** The cluster's time in the headers or trailers of an answer; undefined where they do not say it. */
export function clusterTimeIn(metadata: ReadonlyMetadata): ClusterTime | undefined {
  const logTimeMs = Number(metadata.get(logTimeHeader)[0] ?? Number.NaN)
  const incarnation = metadata.get(incarnationHeader)[0]
  if (!Number.isSafeInteger(logTimeMs) || typeof incarnation !== 'string') return undefined
  return { logTimeMs, incarnation }
}

/** How long a client draws ids by a log time that it was told; afterwards it asks again. */
const freshMs = 60_000

/**
 * The cluster's time as far as this client was told. It is never run ahead by the client's own clock: log time stands
 * still while there is no leader, and an id from ahead of it is refused, while one that is a minute behind is good for
 * 14 more.
 */
export class ClusterClock {
  readonly #monotonicMs: () => number
  #told: { readonly time: ClusterTime; readonly atMs: number } | undefined

  constructor(monotonicMs: () => number = () => performance.now()) {
    this.#monotonicMs = monotonicMs
  }

  tell(time: ClusterTime): void {
    this.#told = { time, atMs: this.#monotonicMs() }
  }

  /** Undefined when nobody has told the time for a minute. */
  get time(): ClusterTime | undefined {
    if (this.#told === undefined || this.#monotonicMs() - this.#told.atMs > freshMs) return undefined
    return this.#told.time
  }
}
