import type { DescMethod } from '@bufbuild/protobuf'

/**
 * Decides on the leader, with the state that the request is evaluated on, whether a principal may call a method.
 * Throws a `TrivetError` if not.
 */
export type Authorise = (principal: string, method: DescMethod) => void

/**
 * The only policy so far: listeners take loopback addresses only, and whoever reaches them may do everything.
 */
export const loopbackMayDoAll: Authorise = () => undefined

/** The principal of a request without authentication. */
export const anonymous = 'anonymous@loopback'

/** The principal of the leader's own writes. */
export const controllerPrincipal = 'controller'

/** The principal of what peers write by themselves: evidence of nodes, presence. */
export const peerPrincipal = 'peer'
