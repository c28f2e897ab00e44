import type { Clock } from '../../../src/lib/clock.ts'
import type { PowerState, ResetType } from '../../../src/redfish/facts.ts'
import { sampleTree, type SampleNode, type Tree } from '../../../src/redfish/testing/sample-tree.ts'

/** A reset that reached a BMC. */
export interface FakeReset {
  readonly systemPath: string
  readonly type: ResetType
  readonly atMs: number
  /** False: the BMC refused it. */
  readonly taken: boolean
}

export interface FakeBmcOptions {
  readonly nodes: readonly SampleNode[]
  readonly clock: Clock
  readonly username?: string
  readonly password?: string
  /** From taking a reset to its end. */
  readonly onMs?: number
  readonly offMs?: number
  /**
   * How long after a reset has ended the old power state is still shown, without any sign of a change; 0 shows the
   * change as it happens.
   */
  readonly lateMs?: number
}

/** What happens to the next reset of a system, in place of the usual. */
export type ResetFate =
  | {
      readonly kind: 'refuse'
      readonly httpStatus: number
      readonly messageId: string
      readonly retryable: boolean
      readonly afterMs?: number
    }
  /** Taken and acted on, but the answer is lost. */
  | { readonly kind: 'lose_answer' }
  /** Lost on the way, and the client cannot know. */
  | { readonly kind: 'lose_request' }
  /** Answered with success, and nothing happens. */
  | { readonly kind: 'ignore' }
  /** Taken and acted on, and never answered. */
  | { readonly kind: 'hang' }

/** A reset that is under way, or has ended and is not shown yet. */
interface Change {
  readonly from: 'on' | 'off'
  readonly to: 'on' | 'off'
  readonly endMs: number
}

/**
 * One BMC in memory. Time passes only when the clock does; what it was sent is all in `resets`. Between taking a reset
 * and its end it refuses every other one for that system with 409 and counts it in `overlapping`.
 */
export class FakeBmc {
  readonly resets: FakeReset[] = []
  readonly clock: Clock
  readonly username: string
  password: string
  /** Nobody answers there. */
  gone = false
  /** Resets that came while an earlier one was still under way: a client that sends one is broken. */
  overlapping = 0
  /** Reads and resets that reached it. */
  requests = 0
  sessionsOpen = 0
  readonly #options: FakeBmcOptions
  readonly #states = new Map<string, 'on' | 'off'>()
  readonly #changes = new Map<string, Change>()
  readonly #fates = new Map<string, ResetFate[]>()
  #hangs = 0

  constructor(options: FakeBmcOptions) {
    this.#options = options
    this.clock = options.clock
    this.username = options.username ?? 'root'
    this.password = options.password ?? 'initial0'
    for (const node of options.nodes) this.#states.set(pathOf(node), node.powerState === 'On' ? 'on' : 'off')
  }

  /** The next resets of this system meet these fates, in this order; later ones the usual one. */
  script(systemPath: string, ...fates: readonly ResetFate[]): void {
    this.#fates.set(systemPath, [...(this.#fates.get(systemPath) ?? []), ...fates])
  }

  /** The next reads are never answered. */
  hangReads(count: number): void {
    this.#hangs = count
  }

  /** True once for each read that was told to hang. */
  takeHang(): boolean {
    if (this.#hangs === 0) return false
    this.#hangs--
    return true
  }

  /** What the system really is, whatever it shows. */
  truth(systemPath: string): PowerState {
    const change = this.#changes.get(systemPath)
    if (change === undefined) return this.#states.get(systemPath) ?? 'unknown'
    if (this.clock.monotonicMs() >= change.endMs) return change.to
    return change.to === 'on' ? 'powering_on' : 'powering_off'
  }

  /** What the BMC shows. */
  shown(systemPath: string): PowerState {
    const change = this.#changes.get(systemPath)
    const lateMs = this.#options.lateMs ?? 0
    const isLate = change !== undefined && lateMs > 0 && this.clock.monotonicMs() < change.endMs + lateMs
    return isLate ? change.from : this.truth(systemPath)
  }

  /** Takes a reset or refuses it; tells the fate that it met, if it was not the usual one. */
  take(systemPath: string, type: ResetType): ResetFate | undefined {
    const atMs = this.clock.monotonicMs()
    const change = this.#changes.get(systemPath)
    if (change !== undefined && atMs < change.endMs) {
      this.overlapping++
      this.resets.push({ systemPath, type, atMs, taken: false })
      return { kind: 'refuse', httpStatus: 409, messageId: 'ResourceInUse', retryable: false }
    }
    const fate = this.#fates.get(systemPath)?.shift()
    if (fate?.kind === 'lose_request') return fate
    this.resets.push({ systemPath, type, atMs, taken: fate?.kind !== 'refuse' })
    if (fate?.kind !== 'refuse' && fate?.kind !== 'ignore') this.#begin(systemPath, type, atMs)
    return fate
  }

  /** The documents that it would show now. */
  tree(): Tree {
    const tree = sampleTree(this.#options.nodes)
    for (const node of this.#options.nodes) {
      const path = pathOf(node)
      tree.set(path, { ...tree.get(path), PowerState: words[this.shown(path)] })
    }
    return tree
  }

  #begin(systemPath: string, type: ResetType, atMs: number): void {
    const from = this.#changes.get(systemPath)?.to ?? this.#states.get(systemPath) ?? 'off'
    const to = type === 'On' || type === 'ForceOn' ? 'on' : 'off'
    const durationMs = (to === 'on' ? this.#options.onMs : this.#options.offMs) ?? 1_000
    if (from !== to) this.#changes.set(systemPath, { from, to, endMs: atMs + durationMs })
  }
}

const words: Readonly<Record<PowerState, string | null>> = {
  on: 'On',
  off: 'Off',
  powering_on: 'PoweringOn',
  powering_off: 'PoweringOff',
  unknown: null,
}

function pathOf(node: SampleNode): string {
  return `/redfish/v1/Systems/${node.id}`
}
