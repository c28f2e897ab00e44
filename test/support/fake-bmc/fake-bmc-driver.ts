import { trivetError } from '../../../src/lib/errors.ts'
import { parseBmcAddress } from '../../../src/redfish/bmc-address.ts'
import type { BmcConnection, BmcDriver, BmcTarget, OpenOptions } from '../../../src/redfish/port.ts'
import { FakeBmcConnection } from './fake-bmc-connection.ts'
import type { FakeBmc } from './fake-bmc.ts'

/** A driver whose BMCs are in memory, for tests of controllers: no sockets, no timers, time by a virtual clock. */
export class FakeBmcDriver implements BmcDriver {
  readonly #bmcs = new Map<string, FakeBmc>()
  readonly #open = new Set<BmcConnection>()

  /** Puts a BMC at an address, in place of the one that was there. */
  add(address: string, bmc: FakeBmc): FakeBmc {
    this.#bmcs.set(parseBmcAddress(address).text, bmc)
    return bmc
  }

  /** The BMC at this address. */
  at(address: string): FakeBmc {
    const bmc = this.#bmcs.get(parseBmcAddress(address).text)
    if (bmc === undefined) throw trivetError('BMC_UNREACHABLE', { address, reason: 'no fake BMC is there' })
    return bmc
  }

  open(target: BmcTarget, options: OpenOptions = {}): BmcConnection {
    const address = parseBmcAddress(target.address)
    const connection = new FakeBmcConnection({
      address: address.text,
      credential: target.credential,
      profile: options.profile,
      find: () => this.#bmcs.get(address.text),
    })
    this.#open.add(connection)
    return connection
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((connection) => connection.close()))
    this.#open.clear()
  }
}
