import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import { isTrivetError, trivetError } from '../../lib/errors.ts'
import type { ResetType } from '../../redfish/facts.ts'
import type { BmcConnection, BmcDriver, ResetAnswer, ResetGuard } from '../../redfish/port.ts'
import type { BmcProfile } from '../../redfish/quirks.ts'
import { profileNamed } from '../../redfish/quirks.ts'
import type { Reader } from '../../state/read.ts'
import { bmcFacts, bmcs, nodes } from '../inventory/tables.ts'
import type { BmcTargetOf } from '../kernel/bmc-target.ts'
import type { PowerPort } from '../kernel/power-port.ts'

/** Reset types that carry out an operation, the best first; the BMC says which of them it has. */
const resetTypes = {
  force_off: ['ForceOff'],
  on: ['On', 'ForceOn'],
} as const satisfies Record<string, readonly ResetType[]>

interface OpenBmc {
  readonly connection: BmcConnection
  /** What the connection was opened with; a change of any of it needs another one. */
  readonly fingerprint: string
}

interface Reached {
  readonly connection: BmcConnection
  readonly redfishPath: string
  readonly resetTarget: string
  /** What the BMC says it allows; empty when it says nothing. */
  readonly allowed: readonly string[]
}

/** Power over Redfish: one connection with one session a BMC, kept while the controller works. */
export class RedfishPower implements PowerPort {
  readonly #driver: BmcDriver
  readonly #targetOf: BmcTargetOf
  readonly #open = new Map<string, OpenBmc>()

  constructor(options: { readonly driver: BmcDriver; readonly targetOf: BmcTargetOf }) {
    this.#driver = options.driver
    this.#targetOf = options.targetOf
  }

  async observe(read: Reader, nodeId: string, signal: AbortSignal) {
    const { connection, redfishPath } = await this.#reach(read, nodeId)
    const { state } = await connection.powerState(redfishPath, signal)
    return state
  }

  async command(
    read: Reader,
    command: { readonly nodeId: string; readonly operation: PowerOperation },
    guard: ResetGuard,
    signal: AbortSignal,
  ): Promise<ResetAnswer> {
    let reached: Reached
    try {
      reached = await this.#reach(read, command.nodeId)
    } catch (reason) {
      if (isTrivetError(reason)) return { kind: 'not_sent', reason }
      throw reason
    }
    const { connection, redfishPath, resetTarget, allowed } = reached
    const operation = command.operation === PowerOperation.ON ? 'on' : 'force_off'
    const type = resetTypes[operation].find((wanted) => allowed.length === 0 || allowed.includes(wanted))
    if (type === undefined) {
      const reason = trivetError('RESET_TYPE_MISSING', { address: connection.address, operation, allowed })
      return { kind: 'not_sent', reason }
    }
    return connection.reset({ systemPath: redfishPath, target: resetTarget, type }, guard, signal)
  }

  profileOf(read: Reader, nodeId: string): BmcProfile {
    const bmcId = read.get(nodes, nodeId)?.value.bmcId ?? ''
    return profileNamed(read.get(bmcFacts, bmcId)?.value.profile ?? '')
  }

  /** The connection to a node's BMC; a new one when address, pin or credential changed since. */
  async #reach(read: Reader, nodeId: string): Promise<Reached> {
    const node = read.get(nodes, nodeId)?.value
    const bmc = read.get(bmcs, node?.bmcId ?? '')
    if (node === undefined || bmc === undefined || node.redfishPath === '') {
      throw trivetError('NODE_NOT_MANAGED', { node: node?.xname ?? nodeId })
    }
    const target = this.#targetOf(read, bmc.key)
    const fingerprint = JSON.stringify(target)
    const present = this.#open.get(bmc.key)
    const { redfishPath, resetTarget, resetTypes: allowed } = node
    if (present?.fingerprint === fingerprint) {
      return { connection: present.connection, redfishPath, resetTarget, allowed }
    }
    await present?.connection.close()
    const connection = this.#driver.open(target, { profile: this.profileOf(read, nodeId) })
    this.#open.set(bmc.key, { connection, fingerprint })
    return { connection, redfishPath, resetTarget, allowed }
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()]
    this.#open.clear()
    await Promise.allSettled(open.map(({ connection }) => connection.close()))
  }
}
