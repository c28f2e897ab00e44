import type { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import type { PowerState } from '../../redfish/facts.ts'
import type { BmcProfile } from '../../redfish/quirks.ts'
import type { ResetAnswer, ResetGuard } from '../../redfish/port.ts'
import type { Reader } from '../../state/read.ts'

/** The power of nodes, as controllers act on it. */
export interface PowerPort {
  /** Reads the power of a node. Rejects with a `TrivetError` when the BMC cannot be asked. */
  observe(read: Reader, nodeId: string, signal: AbortSignal): Promise<PowerState>
  /**
   * Sends one command, once. `guard` is asked in the loop turn in which the command would be written to a connection
   * that is open already. Never rejects for what the BMC or the network does.
   */
  command(
    read: Reader,
    command: { readonly nodeId: string; readonly operation: PowerOperation },
    guard: ResetGuard,
    signal: AbortSignal,
  ): Promise<ResetAnswer>
  /** What is known about the BMC of a node over time. */
  profileOf(read: Reader, nodeId: string): BmcProfile
  /** Logs out of every BMC and closes the connections. */
  close(): Promise<void>
}
