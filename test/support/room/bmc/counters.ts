/** What one BMC was asked, since the room started. */
export interface BmcCounters {
  requests: number
  connections: number
  handshakes: number
  inFlight: number
  maxInFlight: number
  unauthorized: number
  /** Requests that a fault struck. */
  faults: number
  readonly resets: { accepted: number; refused: number; overlaps: number }
}

export function newBmcCounters(): BmcCounters {
  return {
    requests: 0,
    connections: 0,
    handshakes: 0,
    inFlight: 0,
    maxInFlight: 0,
    unauthorized: 0,
    faults: 0,
    resets: { accepted: 0, refused: 0, overlaps: 0 },
  }
}
