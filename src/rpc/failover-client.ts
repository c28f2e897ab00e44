import type {
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  Message,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf'
import type { FailoverCallOptions, FailoverStreamOptions } from './call-options.ts'
import { Cluster, type ClusterOptions } from './cluster.ts'
import { failoverStream } from './failover-stream.ts'
import { FailoverUnary } from './failover-unary.ts'

/** How one method is called. Only unary calls and streamed answers can be tried again. */
export type FailoverMethod<Method> =
  Method extends DescMethodUnary<infer Input, infer Output>
    ? (request: MessageInitShape<Input>, options?: FailoverCallOptions) => Promise<MessageShape<Output>>
    : Method extends DescMethodServerStreaming<infer Input, infer Output>
      ? (
          request: MessageInitShape<Input>,
          options?: FailoverStreamOptions<MessageShape<Input>, MessageShape<Output>>,
        ) => AsyncIterable<MessageShape<Output>>
      : never

/** The methods of a service that can be tried again. */
export type FailoverClient<Service extends DescService> = {
  readonly [Name in keyof Service['method']]: FailoverMethod<Service['method'][Name]>
}

/** Connections to the peers of one cluster. */
export interface ClusterConnection {
  /** A typed client of one service. It holds nothing: make as many as you like. */
  client<Service extends DescService>(service: Service): FailoverClient<Service>
  /** Whether any peer has ever answered. */
  readonly contacted: boolean
  close(): void
}

/**
 * Connects to a cluster through some or all of its peers; nothing is sent before the first call.
 *
 * A call goes to one peer and, when that is unavailable, to the next, with pauses and bounded (`failover-policy.ts`).
 * A write keeps its request id over all tries; it gets one, drawn by the cluster's log time, unless the caller has set
 * it, and is marked as a retry once it has been sent. When no try is left and one may have been executed, the call
 * fails with OUTCOME_UNKNOWN, which names the request id.
 */
export function connectCluster(options: ClusterOptions): ClusterConnection {
  const cluster = new Cluster(options)
  return {
    client: (service) => failoverClient(service, cluster),
    get contacted() {
      return cluster.peers.contacted
    },
    close: () => cluster.close(),
  }
}

function failoverClient<Service extends DescService>(service: Service, cluster: Cluster): FailoverClient<Service> {
  const methods = service.methods.map((method) => [method.localName, callerOf(method, cluster)] as const)
  return Object.fromEntries(methods.filter(([, caller]) => caller !== undefined)) as FailoverClient<Service>
}

function callerOf(method: DescMethod, cluster: Cluster): unknown {
  switch (method.methodKind) {
    case 'unary':
      return async (request: object, options: FailoverCallOptions = {}) =>
        await new FailoverUnary(cluster, method, request, options).run()
    case 'server_streaming':
      return (request: object, options: FailoverStreamOptions<Message, Message> = {}) =>
        failoverStream(cluster, method, request, options)
    case 'client_streaming':
    case 'bidi_streaming':
      return undefined
  }
}
