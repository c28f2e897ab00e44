/**
 * The light entry of the room: types, limits and errors. It loads neither grpc-js nor protovalidate, which cost 45 and
 * 72 ms; who serves or calls imports `server.ts`, `client.ts` or `failover-client.ts`, lazily where start-up counts.
 */
export type { CallContext, ReadonlyMetadata } from './call-context.ts'
export type { CallOptions } from './call-options.ts'
export type { CallMethod, ServiceClient } from './client.ts'
export type { Interceptor, Invocation, Invoke } from './interceptor.ts'
export { isStream } from './interceptor.ts'
export * from './limits.ts'
export { RemoteError, wireErrorOf, type WireError } from './remote-error.ts'
export { service, type BoundService, type MethodImplementation, type ServiceImplementation } from './service.ts'
