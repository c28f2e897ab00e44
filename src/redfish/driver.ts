import { systemClock, type Clock } from '../lib/clock.ts'
import type { AddressPolicy } from './address-policy.ts'
import { parseBmcAddress } from './bmc-address.ts'
import { BrokenExpand } from './broken-expand.ts'
import { RedfishConnection, type Shared } from './connection.ts'
import type { BmcConnection, BmcDriver, BmcTarget, OpenOptions } from './port.ts'
import { WrongCredentials } from './wrong-credentials.ts'

/** The driver for real BMCs: Redfish over HTTPS. One a process; what it learns about firmware serves all connections. */
export function redfishDriver(options: { readonly policy: AddressPolicy; readonly clock?: Clock }): BmcDriver {
  const clock = options.clock ?? systemClock
  const shared: Shared = {
    clock,
    policy: options.policy,
    wrong: new WrongCredentials(clock),
    brokenExpand: new BrokenExpand(),
  }
  const open = new Set<BmcConnection>()
  return {
    open(target: BmcTarget, openOptions: OpenOptions = {}): BmcConnection {
      const connection = new RedfishConnection({
        target,
        address: parseBmcAddress(target.address),
        open: openOptions,
        shared,
        onClose: () => open.delete(connection),
      })
      open.add(connection)
      return connection
    },
    async close(): Promise<void> {
      await Promise.all([...open].map((connection) => connection.close()))
    },
  }
}
