/**
 * The light entry of the room: types, limits and errors. It loads neither grpc-js nor protovalidate, which
 * cost 45 and 72 ms; who serves or calls imports the file itself, lazily where start-up counts (README.md).
 */
export type { Defect } from './bind-service.ts'
export type { CallContext, ReadonlyMetadata } from './call-context.ts'
export type { CallOptions, FailoverCallOptions, FailoverStreamOptions } from './call-options.ts'
export type { RpcChannel } from './channel.ts'
export type { CallMethod, ServiceClient } from './client.ts'
export type { ClusterOptions, FailedTry } from './cluster.ts'
export {
  clusterTimeIn,
  incarnationHeader,
  logTimeHeader,
  tellingClusterTime,
  type ClusterTime,
} from './cluster-time.ts'
export type { ClusterConnection, FailoverClient, FailoverMethod } from './failover-client.ts'
export { isStream, type Interceptor, type Invocation, type Invoke } from './interceptor.ts'
export * from './limits.ts'
export { RemoteError, wireErrorOf, type WireError } from './remote-error.ts'
export type { RpcServer, ServeOptions, StopOptions } from './server.ts'
export { service, type BoundService, type MethodImplementation, type ServiceImplementation } from './service.ts'
