import { isTrivetError, trivetError } from '../../lib/errors.ts'
import { RunState } from '../../gen/trivet/discovery/v1/discovery_pb.ts'
import type { Exploration } from '../../redfish/facts.ts'
import type { BmcDriver } from '../../redfish/port.ts'
import { profileNamed, profileOf } from '../../redfish/quirks.ts'
import type { Stored } from '../../state/read.ts'
import type { RowOf } from '../../state/table.ts'
import type { BmcTargetOf } from '../kernel/bmc-target.ts'
import { bmcFacts, bmcs } from '../inventory/tables.ts'
import type { Controller, ControllerContext } from '../kernel/controller.ts'
import { WakeUp } from '../kernel/wake-up.ts'
import { finishDiscovery, tidyDiscoveries } from './rules/end-discovery.ts'
import { pinnedMacs } from './rules/pinned-macs.ts'
import { recordDiscovered } from './rules/record-discovered.ts'
import { recordFailed } from './rules/record-failed.ts'
import { discoveriesKeptMax } from './rules/start-discovery.ts'
import { discoveries, discoveryTargets, isOpen } from './tables.ts'

/**
 * BMCs that are asked at once. More is slower: a client that opens hundreds of TLS connections keeps itself busy
 * (infra-controller#3761 measured the inverted U).
 */
export const bmcsAtOnceMax = 32

/** Pause before a round that failed begins again, or a BMC is asked again of which nothing could be recorded. */
const defectPauseMs = 5_000

/** A discovery looks around again after this long, whatever woke it. */
const roundMs = 5_000

type Target = Stored<RowOf<typeof discoveryTargets>>

/** The world as a discovery needs it. */
export interface DiscoveryPorts {
  readonly driver: BmcDriver
  readonly targetOf: BmcTargetOf
}

/**
 * Asks the BMCs of open discoveries. It only reads from them, so that a successor may simply ask again; what a BMC
 * said is committed BMC by BMC.
 */
export function discoveryController(options: DiscoveryPorts): Controller {
  return {
    name: 'discovery',
    run: (context) => new DiscoveryRun(context, options).work(),
  }
}

class DiscoveryRun {
  readonly #context: ControllerContext
  readonly #driver: BmcDriver
  readonly #targetOf: BmcTargetOf
  /** BMCs that are being asked, by id: one discovery at a time has a BMC. */
  readonly #asking = new Map<string, Promise<void>>()
  readonly #wakeUp = new WakeUp()

  constructor(context: ControllerContext, options: DiscoveryPorts) {
    this.#context = context
    this.#driver = options.driver
    this.#targetOf = options.targetOf
  }

  async work(): Promise<void> {
    const { signal } = this.#context
    const unsubscribe = this.#context.onChange([discoveries.name, discoveryTargets.name], () => this.#wakeUp.notify())
    try {
      while (!signal.aborted) {
        await this.#startAndFinish().catch((error: unknown) => this.#pauseAfter(error))
        if (!signal.aborted) await this.#wakeUp.wait(this.#context.sleep(roundMs))
      }
    } finally {
      unsubscribe()
      await Promise.allSettled(this.#asking.values())
    }
  }

  /** BMCs that are being asked are asked on: only the round begins again. */
  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#context.signal.aborted) return
    this.#context.log('error', 'a round over the open discoveries failed; it is repeated', { error })
    await this.#context.sleep(defectPauseMs)
  }

  async #startAndFinish(): Promise<void> {
    const read = this.#context.reader()
    if (read.size(discoveries) > discoveriesKeptMax) await this.#context.commit(tidyDiscoveries, {})
    for (const discovery of read.bucket(discoveries, 'open', 'open')) {
      const waiting = read.bucket(discoveryTargets, 'state', `${discovery.key}/${RunState.PENDING}`)
      if (waiting.length === 0) await this.#context.commit(finishDiscovery, { discoveryId: discovery.key })
      for (const target of waiting) {
        if (this.#asking.size >= bmcsAtOnceMax) return
        this.#ask(target)
      }
    }
  }

  #ask(target: Target): void {
    const { bmcId } = target.value
    if (this.#asking.has(bmcId)) return
    const asked = this.#explore(target)
      .catch((error: unknown) => this.#giveUp(target, error))
      .catch(async (error: unknown) => {
        if (this.#context.signal.aborted) return
        this.#context.log('warn', 'a discovery could not be recorded; the BMC is asked again', { bmcId, error })
        await this.#context.sleep(defectPauseMs)
      })
      .finally(() => {
        this.#asking.delete(bmcId)
        this.#wakeUp.notify()
      })
    this.#asking.set(bmcId, asked)
  }

  async #explore(target: Target): Promise<void> {
    const { discoveryId, bmcId, xname } = target.value
    const read = this.#context.reader()
    const bmc = read.get(bmcs, bmcId)
    if (bmc === undefined) throw trivetError('BMC_NOT_FOUND', { bmc: xname, suggestion: '' })
    const profile = profileNamed(read.get(bmcFacts, bmcId)?.value.profile ?? '')
    const connection = this.#driver.open(this.#targetOf(read, bmcId), { profile })
    const cancelled = this.#cancellation(discoveryId)
    let exploration: Exploration
    try {
      exploration = await connection.explore({ signal: cancelled.signal, pinnedMacs: pinnedMacs(read, bmc) })
    } finally {
      cancelled.release()
      await connection.close()
    }
    await this.#context.commit(recordDiscovered, {
      discoveryId,
      bmcId,
      address: bmc.value.address,
      exploration,
      profile: profileOf(exploration).name,
    })
  }

  async #giveUp(target: Target, error: unknown): Promise<void> {
    if (this.#context.signal.aborted) return
    const { discoveryId, bmcId } = target.value
    const text = isTrivetError(error) ? `${error.message}${error.remedy === '' ? '' : `; ${error.remedy}`}` : undefined
    if (text === undefined) this.#context.log('error', 'a discovery met a defect', { bmcId, error })
    await this.#context.commit(recordFailed, { discoveryId, bmcId, error: text ?? 'a defect; the log has it' })
  }

  /** Aborts when the leader steps down, or somebody cancels the discovery. */
  #cancellation(discoveryId: string): { readonly signal: AbortSignal; release(): void } {
    const controller = new AbortController()
    const release = this.#context.onChange([discoveries.name], () => {
      const run = this.#context.reader().get(discoveries, discoveryId)
      if (run === undefined || !isOpen(run.value.runState)) controller.abort()
    })
    return { signal: AbortSignal.any([this.#context.signal, controller.signal]), release }
  }
}
