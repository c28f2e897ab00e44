import type { TrivetError } from '../lib/errors.ts'
import type { Exploration, PowerState, ResetType } from './facts.ts'
import type { BmcProfile } from './quirks.ts'

/**
 * The port to BMCs. `redfishDriver` is the real one; tests of controllers use the fake in `test/support/fake-bmc`.
 * Both run the contract suite in `bmc-driver.contract.ts`.
 */
export interface BmcDriver {
  /**
   * Prepares contact to one BMC; nothing is sent before the first call on the connection.
   * Errors: BMC_ADDRESS_INVALID.
   */
  open(target: BmcTarget, options?: OpenOptions): BmcConnection
  /** Closes every connection that is still open, and their sessions, within a bounded time. */
  close(): Promise<void>
}

/** One BMC and how to talk to it. */
export interface BmcTarget {
  /** `host[:port]`, IPv6 in brackets; port 443 when none is given. */
  readonly address: string
  readonly tls: BmcTls
  readonly credential: BmcCredential
}

/**
 * How the BMC's certificate is judged. Almost all are self-signed, so the public key is pinned.
 * `first_use`: whatever key the first handshake of this connection shows is taken and bound for its other handshakes;
 * the caller stores `BmcConnection.spkiSha256` and pins it from then on.
 * `insecure`: no key is compared, ever.
 */
export type BmcTls = 'first_use' | 'insecure' | { readonly pin: string }

export interface BmcCredential {
  readonly username: string
  readonly password: string
}

export interface OpenOptions {
  /** What is known about this kind of BMC; without it `explore` finds it out, and `generic` holds until then. */
  readonly profile?: BmcProfile
  /** Longest wait for the answer to one request. */
  readonly requestTimeoutMs?: number
  /** Longest time of one `explore`. */
  readonly exploreTimeoutMs?: number
}

/**
 * Contact to one BMC: one session, at most two connections, no more than two failed logins in its life.
 * Calls may run side by side; what finds both connections busy waits.
 *
 * Rejections are TrivetErrors: BMC_UNREACHABLE, BMC_ADDRESS_REFUSED, BMC_PIN_MISMATCH, BMC_TIMED_OUT, BMC_NOT_REDFISH,
 * BMC_AUTHENTICATION_FAILED, BMC_PASSWORD_CHANGE_REQUIRED, BMC_REQUEST_REFUSED, BMC_LIMIT_EXCEEDED, and CANCELLED
 * when the signal fired or the connection was closed.
 */
export interface BmcConnection {
  /** The address as given, for messages. */
  readonly address: string
  /** Base64 of the SHA-256 of the public key that the last handshake showed; `undefined` before it. */
  readonly spkiSha256: string | undefined
  /** What is known about this kind of BMC so far. */
  readonly profile: BmcProfile

  /** The fast tier: managers, systems, interfaces, boot options and reset types. Changes nothing on the BMC. */
  explore(options: ExploreOptions): Promise<Exploration>

  /** Reads the power state of one system with a single GET. `systemPath` is `SystemFacts.path`. */
  powerState(systemPath: string, signal: AbortSignal): Promise<PowerObservation>

  /**
   * Sends one reset, once: it is never sent again by this port, whatever happens. The system is read right before,
   * so that the connection is open and the session good.
   * `guard` is called in the very loop turn that writes the request to a connection that is already open and logged
   * in, and only then; if it answers false, nothing is written. It must not wait and has no side effects.
   * Never rejects for what the BMC or the network does; every such outcome is an answer.
   */
  reset(request: ResetRequest, guard: ResetGuard, signal: AbortSignal): Promise<ResetAnswer>

  /** Deletes the session and closes the connections, within a bounded time. What is under way ends as CANCELLED. */
  close(): Promise<void>
}

export interface ExploreOptions {
  readonly signal: AbortSignal
  /** Boot MACs that an operator has set, by node ordinal, in canonical form. */
  readonly pinnedMacs?: ReadonlyMap<number, string>
  /** MACs that have asked for an address or a boot script, in canonical form. */
  readonly observedMacs?: ReadonlySet<string>
}

export interface PowerObservation {
  readonly state: PowerState
  /** The BMC's own word, cleaned; `undefined` when it gave none. */
  readonly reported: string | undefined
  /** Monotonic milliseconds (the driver's clock) at which the request left: the state is no older than this. */
  readonly observedMs: number
}

export interface ResetRequest {
  /** `SystemFacts.path`. */
  readonly systemPath: string
  /** `ResetFacts.target`. */
  readonly target: string
  readonly type: ResetType
}

/** True while the command may still be sent: the lease holds, the intent stands. */
export type ResetGuard = () => boolean

/**
 * How a reset ended. Only `unknown` leaves open whether the BMC acts on it; after `accepted` it acts, or says so and
 * does not: what happened is known from the power state alone.
 */
export type ResetAnswer =
  | {
      readonly kind: 'accepted'
      readonly httpStatus: number
    }
  | {
      /** The BMC said no. 409 often means "already in that state": observe before anything else. */
      readonly kind: 'refused'
      readonly httpStatus: number
      /** Last part of the Redfish MessageId, for example `ResourceInUse`; the registry prefix is cut off. */
      readonly messageId: string | undefined
      readonly text: string
      /** The same command may work later: the profile says so, or the BMC asked to wait. */
      readonly retryable: boolean
      /** When to try again, if the BMC or the profile says. */
      readonly afterMs: number | undefined
    }
  | {
      /** The request may have left and no proof of its outcome came back. */
      readonly kind: 'unknown'
      readonly reason: TrivetError
    }
  | { readonly kind: 'guard_refused' }
  | {
      /** Provably not one byte of the request left. */
      readonly kind: 'not_sent'
      readonly reason: TrivetError
    }
