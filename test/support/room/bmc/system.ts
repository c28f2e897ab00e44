import type { Clock } from '../clock.ts'
import type { EmulatedNode } from '../node/node.ts'
import type { Random } from '../random.ts'
import type { Ledger } from '../ledger.ts'
import { BootOverride } from './boot-override.ts'
import { Power } from './power.ts'
import type { BmcProfile } from './profile.ts'

/** One system behind a BMC: its power, and the node that runs on it. */
export class EmulatedSystem {
  readonly id: string
  readonly node: EmulatedNode
  readonly macs: readonly string[]
  readonly power: Power
  readonly bootOverride: BootOverride
  /** Ledger number of the reset that is under way, for who comes too early. */
  acceptedSeq = 0

  constructor(options: {
    readonly node: EmulatedNode
    readonly macs: readonly string[]
    readonly profile: BmcProfile
    readonly clock: Clock
    readonly random: Random
    readonly delayMs: { readonly min: number; readonly max: number }
    readonly ledger: Ledger
  }) {
    const { node, ledger } = options
    const { bmc, system, xname } = node.identity
    this.id = system
    this.node = node
    this.macs = options.macs
    this.bootOverride = new BootOverride(options.profile.overrideTargets)
    const place = { bmc, system, node: xname }
    this.power = new Power({
      clock: options.clock,
      random: options.random,
      delayMs: options.delayMs,
      style: options.profile.transitionStyle,
      systemRuns: () => node.systemRuns,
      onPower: (power) => {
        ledger.append({ kind: 'power_changed', ...place, power })
        if (power === 'Off') node.powerOff()
        else node.powerOn({ fromNetwork: this.bootOverride.startsFromNetwork() })
      },
      onDone: ({ resetType, outcome, power, tookMs }) => {
        const accepted = this.acceptedSeq
        ledger.append({ kind: 'reset_done', ...place, resetType, outcome, power, tookMs: Math.round(tookMs), accepted })
      },
    })
  }

  /** Ends what is under way, with no further line in the ledger. */
  async stop(): Promise<void> {
    this.power.stop()
    await this.node.stop()
  }
}
