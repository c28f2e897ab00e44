/** How the clients of a run behave; drawn from its seed. */
export interface Pace {
  readonly clients: number
  /** Pause between two operations of a client, on average. */
  readonly pauseMs: number
  /** Clients begin together at multiples of this, so that their operations meet; 0 if they don't. */
  readonly burstMs: number
  /** Part of the operations that read. */
  readonly reads: number
  readonly watchers: number
  /** Shelves that the operations are about: the fewer, the more they meet. */
  readonly names: readonly string[]
  /** How long a client waits for one peer before it tries another. */
  readonly tryMs: number
  /** How often a client ends a try that is under way, of all tries. */
  readonly cancels: number
  /** How often a client whose try came to nothing never asks again how its write ended. */
  readonly abandons: number
}
