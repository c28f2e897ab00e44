import type { Answer, RedfishMessage } from './answer.ts'
import type { BootOverride } from './boot-override.ts'
import type { RoomResetType, TransitionStyle } from './power.ts'

/** A system as its BMC shows it. */
export interface SystemView {
  /** Redfish id, for example `1` or `Node0`. */
  readonly id: string
  readonly uuid: string
  readonly serial: string
  /** Interfaces, the one that boots first. Lower case with colons. */
  readonly macs: readonly string[]
  /** PowerState as the BMC reports it at this moment. */
  readonly reportedPower: () => string | null
  readonly operatingSystemRuns: () => boolean
  readonly bootOverride: BootOverride
}

/** A BMC as it shows itself. */
export interface BmcView {
  /** Suggested xname. */
  readonly xname: string
  /** `host:port`. */
  readonly address: string
  readonly mac: string
  readonly uuid: string
  readonly systems: readonly SystemView[]
  readonly sessionIds: () => readonly string[]
}

/** Resources by canonical path; each is made anew at every request, so that it shows what is true now. */
export type ResourceTree = ReadonlyMap<string, () => object>

/** Where a request goes. */
export type Location =
  | { readonly kind: 'at'; readonly path: string }
  | { readonly kind: 'redirect'; readonly to: string }

/** Why a request is not served, in words that every vendor says in its own way. */
export type Refusal =
  | 'no_credentials'
  | 'wrong_credentials'
  | 'no_session'
  | 'too_many_sessions'
  | 'not_found'
  | 'method_not_allowed'
  | 'malformed_body'
  | 'property_missing'
  | 'value_not_allowed'
  | 'property_unknown'
  | 'etag_mismatch'
  | 'expand_not_allowed'
  | 'reset_under_way'
  | 'reset_not_possible'
  | 'reset_not_now'
  | 'internal'

/** How BMCs of one vendor differ from the others. */
export interface BmcProfile {
  readonly name: string
  readonly defaultUsername: string
  /** Ids of the systems of a BMC with so many of them. */
  readonly systemIds: (count: number) => readonly string[]
  readonly nodesMax: number
  readonly manufacturer: string
  readonly product: string
  readonly transitionStyle: TransitionStyle
  readonly resetTypes: readonly RoomResetType[]
  readonly sessionsMax: number
  readonly sessionIdleMs: number
  /** `NoLinks`, one level, collections only; otherwise the parameter is ignored. */
  readonly expands: boolean
  /** Members of a collection come in another order at each request. */
  readonly shufflesMembers: boolean
  /** Targets of a boot override; none when there is no override. */
  readonly overrideTargets: readonly string[]

  readonly resources: (bmc: BmcView) => ResourceTree
  readonly locate: (path: string, method: string) => Location
  /** An answer in the vendor's words; `message` replaces the usual one. */
  readonly refuse: (
    refusal: Refusal,
    detail?: { readonly text?: string; readonly message?: RedfishMessage; readonly status?: number },
  ) => Answer
  /** After a reset was accepted; `changes` is false when the system is already so. */
  readonly resetAccepted: (changes: boolean) => Answer
  /** A reset that changes nothing: accepted all the same, or refused. */
  readonly acceptsPointlessReset: boolean
  readonly patched: () => Answer
  readonly sessionOpened: (
    bmc: BmcView,
    session: { readonly id: string; readonly token: string },
    username: string,
  ) => Answer
  readonly sessionClosed: () => Answer
}
