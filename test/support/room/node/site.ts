import type { Clock } from '../clock.ts'
import type { LedgerEntry } from '../ledger.ts'
import type { StampPatterns } from './script-stamp.ts'

/** What nodes find around them. */
export interface Site {
  /** Runs what hardware and scripts wait for. */
  readonly clock: Clock
  /** Runs time-outs and pauses of network clients: what they wait for is the peers' time. */
  readonly networkClock: Clock
  /** Real milliseconds for so many of the network clock. */
  readonly networkMs: (ms: number) => number
  /** The `filename` that DHCP gives to every node; may name settings. */
  readonly bootUrl: string
  readonly stampPatterns: StampPatterns
  readonly delays: NodeDelays
  /** The kind of the file with this digest; `undefined` when the site has none. */
  readonly artifactKind: (sha256: string) => 'kernel' | 'initrd' | undefined
  /** Who really answered, when the request went through the first hop. */
  readonly answeredBy: (client: { readonly address: string; readonly port: number }) => string | undefined
  /** Keeps the text of a script under its digest. */
  readonly keepScript: (sha256: string, text: string) => void
  readonly record: (entry: LedgerEntry) => void
}

/** Room milliseconds, each drawn between `min` and `max`. */
export interface NodeDelays {
  /** From power to DHCP. */
  readonly firmwareMs: { readonly min: number; readonly max: number }
  /** From kernel start to network in the initramfs. */
  readonly kernelMs: { readonly min: number; readonly max: number }
}
