/** Where a peer listens. */
export interface BoundAddresses {
  readonly api: string
  readonly peer: string
  /** '' unless that listener is open. */
  readonly node: string
  readonly admin: string
}
