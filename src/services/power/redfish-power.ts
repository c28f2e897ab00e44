import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import { isTrivetError, trivetError } from '../../lib/errors.ts'
import { isResetType, resetTypeFor } from '../../redfish/mapping/reset.ts'
import type { BmcConnection, BmcDriver, ResetAnswer, ResetGuard } from '../../redfish/port.ts'
import type { BmcProfile } from '../../redfish/quirks.ts'
import { profileNamed } from '../../redfish/quirks.ts'
import type { Reader } from '../../state/read.ts'
import { bmcFacts, bmcs, nodes } from '../inventory/tables.ts'
import type { BmcTargetOf } from '../kernel/bmc-target.ts'
import type { PowerPort } from '../kernel/power-port.ts'

interface OpenBmc {
  readonly connection: BmcConnection
  /** What the connection was opened with; a change of any of it needs another one. */
  readonly fingerprint: string
}

interface Reached {
  readonly bmcId: string
  readonly connection: BmcConnection
  readonly redfishPath: string
  readonly resetTarget: string
  /** What the BMC says it allows; empty when it says nothing. */
  readonly allowed: readonly string[]
}

/** Power over Redfish: one connection with one session a BMC, kept until `close`. */
export class RedfishPower implements PowerPort {
  readonly #driver: BmcDriver
  readonly #targetOf: BmcTargetOf
  readonly #open = new Map<string, OpenBmc>()
  /** Connections that are on their way to their end. */
  readonly #closing = new Set<Promise<void>>()

  constructor(options: { readonly driver: BmcDriver; readonly targetOf: BmcTargetOf }) {
    this.#driver = options.driver
    this.#targetOf = options.targetOf
  }

  async observe(read: Reader, nodeId: string, signal: AbortSignal) {
    const reached = this.#reach(read, nodeId)
    try {
      const { state } = await reached.connection.powerState(reached.redfishPath, signal)
      return state
    } catch (error) {
      if (isTrivetError(error, 'BMC_AUTHENTICATION_FAILED')) this.#drop(reached)
      throw error
    }
  }

  async command(
    read: Reader,
    command: { readonly nodeId: string; readonly operation: PowerOperation },
    guard: ResetGuard,
    signal: AbortSignal,
  ): Promise<ResetAnswer> {
    let reached: Reached
    try {
      reached = this.#reach(read, command.nodeId)
    } catch (reason) {
      if (isTrivetError(reason)) return { kind: 'not_sent', reason }
      throw reason
    }
    const { connection, redfishPath, resetTarget, allowed } = reached
    const operation = command.operation === PowerOperation.ON ? 'on' : 'off'
    const type = resetTypeFor(allowed.filter(isResetType), operation)
    if (type === undefined) {
      const reason = trivetError('RESET_TYPE_MISSING', { address: connection.address, operation, allowed })
      return { kind: 'not_sent', reason }
    }
    const answer = await connection.reset({ systemPath: redfishPath, target: resetTarget, type }, guard, signal)
    const refused = answer.kind === 'not_sent' && isTrivetError(answer.reason, 'BMC_AUTHENTICATION_FAILED')
    if (refused) this.#drop(reached)
    return answer
  }

  profileOf(read: Reader, nodeId: string): BmcProfile {
    const bmcId = read.get(nodes, nodeId)?.value.bmcId ?? ''
    return profileNamed(read.get(bmcFacts, bmcId)?.value.profile ?? '')
  }

  async close(): Promise<void> {
    for (const [bmcId, { connection }] of this.#open) this.#drop({ bmcId, connection })
    await Promise.all(this.#closing)
  }

  /**
   * The connection to a node's BMC; a new one when address, pin or credential changed since. Without an await: nodes
   * behind one BMC share it, however close together they come.
   */
  #reach(read: Reader, nodeId: string): Reached {
    const node = read.get(nodes, nodeId)?.value
    const bmc = read.get(bmcs, node?.bmcId ?? '')
    if (node === undefined || bmc === undefined || node.redfishPath === '') {
      throw trivetError('NODE_NOT_MANAGED', { node: node?.xname ?? nodeId })
    }
    const { redfishPath, resetTarget, resetTypes: allowed } = node
    const target = this.#targetOf(read, bmc.key)
    const fingerprint = JSON.stringify(target)
    const present = this.#open.get(bmc.key)
    if (present?.fingerprint === fingerprint) {
      return { bmcId: bmc.key, connection: present.connection, redfishPath, resetTarget, allowed }
    }
    if (present !== undefined) this.#drop({ bmcId: bmc.key, connection: present.connection })
    const connection = this.#driver.open(target, { profile: this.profileOf(read, nodeId) })
    this.#open.set(bmc.key, { connection, fingerprint })
    return { bmcId: bmc.key, connection, redfishPath, resetTarget, allowed }
  }

  /**
   * Gives a connection up. One that was refused with its credential would never try again; a new one does, when the
   * driver thinks that the BMC can bear it.
   */
  #drop({ bmcId, connection }: Pick<Reached, 'bmcId' | 'connection'>): void {
    if (this.#open.get(bmcId)?.connection === connection) this.#open.delete(bmcId)
    const closing = connection
      .close()
      // A BMC that cannot be told ends the session by itself.
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}
