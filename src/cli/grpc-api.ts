import { setTimeout } from 'node:timers/promises'
import { create, fromJson, type DescMethod, type JsonObject, type Message } from '@bufbuild/protobuf'
import { services } from '../gen/cli/services.ts'
import { OperatorService } from '../gen/trivet/operator/v1/operator_pb.ts'
import { trivetError } from '../lib/errors.ts'
import { createClient } from '../rpc/client.ts'
import type { ClusterTime } from '../rpc/cluster-time.ts'
import { connectCluster, type ClusterConnection } from '../rpc/failover-client.ts'
import type { Api, ApiCall } from './api.ts'
import { jsonOf } from './json-of.ts'
import { endedStreamPauseMs, retryStreamForMs } from './limits.ts'
import { whyNoAnswer } from './why-no-answer.ts'
import { WaitingNotice } from './waiting-notice.ts'

/** The API over gRPC, at several peers of one cluster. */
export class GrpcApi implements Api {
  readonly #cluster: ClusterConnection
  readonly #waiting: WaitingNotice

  /**
   * `sayWaiting` is told why there is no answer yet, each reason once; not where nobody has ever answered, because the
   * error of that comes soon enough.
   */
  constructor(addresses: readonly string[], sayWaiting: (reason: string) => void) {
    this.#waiting = new WaitingNotice({
      say: sayWaiting,
      look: async () => (this.#cluster.contacted ? await whyNoAnswer(addresses) : undefined),
    })
    this.#cluster = connectCluster({
      addresses,
      askClusterTime: async (channel, options): Promise<ClusterTime> => {
        const status = await createClient(OperatorService, channel).getPeerStatus({}, options)
        // A peer that is behind says nothing: an id by its time could be too old for the others.
        if (status.incarnation === '') throw trivetError('NOT_READY', { reason: missingIn(status.checks) })
        return { logTimeMs: Number(status.logTimeMs), incarnation: status.incarnation }
      },
    })
  }

  async call({ timeoutMs, ...call }: ApiCall & { readonly timeoutMs: number }): Promise<JsonObject> {
    const { service, method: name, request, signal } = call
    const { method, callers } = await this.#method(service, name)
    const ask = callers[method.localName] as (request: Message, options: object) => Promise<Message>
    const end = this.#waiting.begin()
    try {
      return jsonOf(method.output, await ask(fromJson(method.input, request), { timeoutMs, signal }))
    } finally {
      end()
    }
  }

  async *stream({ service, method: name, request, signal }: ApiCall): AsyncGenerator<JsonObject> {
    const { method, callers } = await this.#method(service, name)
    const open = callers[method.localName] as (request: Message, options: object) => AsyncIterable<Message>
    const resume = resumption(method)
    const options = { signal, retryForMs: retryStreamForMs, ...(resume === undefined ? {} : { resume }) }
    let asked: Message = fromJson(method.input, request)
    for (;;) {
      let last: Message | undefined
      const end = this.#waiting.begin()
      try {
        for await (const message of open(asked, options)) {
          // From now on it may have nothing to say for hours, and a terminal may be painted on.
          this.#waiting.mute()
          last = message
          yield jsonOf(method.output, message)
        }
      } finally {
        end()
      }
      if (resume === undefined) return
      if (last !== undefined) asked = resume(last, asked)
      await pause(endedStreamPauseMs, signal)
    }
  }

  close(): void {
    this.#cluster.close()
  }

  async #method(service: string, name: string) {
    const descriptor = await services[service]!()
    const method = descriptor.methods.find((candidate) => candidate.name === name)!
    return { method, callers: this.#cluster.client(descriptor) as Readonly<Record<string, unknown>> }
  }
}

/** What a peer says is missing until it is ready. */
function missingIn(checks: readonly { readonly ok: boolean; readonly reason: string }[]): string {
  const reasons = checks.filter(({ ok }) => !ok).map(({ reason }) => reason)
  return reasons.length === 0 ? 'it has not caught up' : reasons.join('; ')
}

/** Fields by which a stream goes on where it broke: those of a message, and those of the request. */
const positionFields = [
  { message: 'revision', request: 'afterRevision' },
  { message: 'incarnation', request: 'incarnation' },
] as const

/** Makes the request that goes on behind a message; undefined for a stream that cannot go on. */
function resumption(method: DescMethod): ((last: Message, asked: Message) => Message) | undefined {
  if (method.input.field['afterRevision'] === undefined) return undefined
  const fields = positionFields.filter((field) => method.input.field[field.request] !== undefined)
  return (last, asked) => {
    const told = last as unknown as Readonly<Record<string, unknown>>
    const position = fields.map((field) => [field.request, told[field.message]])
    return create(method.input, { ...asked, ...Object.fromEntries(position) } as Record<string, unknown>)
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(durationMs, undefined, { signal })
  } catch (cause) {
    throw trivetError('CANCELLED', {}, { cause })
  }
}
