import type { CancelTimer, Clock } from '../clock.ts'
import type { Random } from '../random.ts'

/** What the hardware has, whatever its BMC says. */
export type PhysicalPower = 'On' | 'Off'

/** The reset types that the room's servers know; each profile offers a part of them. */
export type RoomResetType =
  | 'On'
  | 'Off'
  | 'ForceOff'
  | 'GracefulShutdown'
  | 'ForceRestart'
  | 'GracefulRestart'
  | 'PushPowerButton'
  | 'Nmi'

/** How a vendor names the state while it changes. */
export type TransitionStyle =
  /** `PoweringOn` and `PoweringOff` from acceptance on. */
  | 'powering'
  /** The old state at first, then `null`; `Reset` all through a restart (HPE Gen11 and later). */
  | 'transitional'

/** What a reset did in the end. `nothing_happened`: it was accepted and had no effect. */
export type ResetOutcome = 'reached' | 'already_there' | 'nothing_happened'

export interface ResetDone {
  readonly resetType: RoomResetType
  readonly outcome: ResetOutcome
  /** The state that is reported from now on. */
  readonly power: PhysicalPower
  /** Room time from acceptance to this moment. */
  readonly tookMs: number
}

/** What a fault changes about one reset. */
export interface ResetDisturbance {
  readonly neverObeys?: boolean
  readonly lateReportMs?: number
}

export interface PowerOptions {
  readonly clock: Clock
  readonly random: Random
  /** A transition takes this long, drawn anew each time, in room milliseconds. */
  readonly delayMs: { readonly min: number; readonly max: number }
  readonly style: TransitionStyle
  /** A soft shutdown works only when an operating system is there to hear it. */
  readonly systemRuns: () => boolean
  /** The hardware went on or off. */
  readonly onPower: (power: PhysicalPower) => void
  /** The end of a reset: from now on its result is what the BMC reports. */
  readonly onDone: (done: ResetDone) => void
}

interface Transition {
  readonly resetType: RoomResetType
  readonly effect: Effect
  readonly startedMs: number
  readonly halfMs: number
  readonly before: PhysicalPower
  readonly late: boolean
}

type Effect = 'on' | 'off' | 'cycle' | 'nothing'

/**
 * The power of one system: what it has, what its BMC reports, and the reset that is under way.
 * A reset is over when its result is reported, which may be later than when it was reached. One that has no effect is
 * over when it would have been, so that a client can know when to conclude that nothing happened.
 */
export class Power {
  readonly #options: PowerOptions
  readonly #timers = new Set<CancelTimer>()
  #physical: PhysicalPower = 'Off'
  #transition: Transition | undefined

  constructor(options: PowerOptions) {
    this.#options = options
  }

  get physical(): PhysicalPower {
    return this.#physical
  }

  /** The reset whose end was not reported yet. */
  get underWay(): RoomResetType | undefined {
    return this.#transition?.resetType
  }

  /** `PowerState` as the BMC gives it now. */
  get reported(): string | null {
    const transition = this.#transition
    if (transition === undefined) return this.#physical
    if (transition.late || transition.effect === 'nothing') return transition.before
    if (this.#options.style === 'powering') return transition.effect === 'off' ? 'PoweringOff' : 'PoweringOn'
    if (transition.effect === 'cycle') return 'Reset'
    return this.#options.clock.nowMs() < transition.halfMs ? transition.before : null
  }

  /** True when the reset would change nothing: the system is already so, or is off and cannot be restarted. */
  changesNothing(resetType: RoomResetType): boolean {
    if (resetType === 'On') return this.#physical === 'On'
    if (resetType === 'Nmi' || resetType === 'PushPowerButton') return false
    return this.#physical === 'Off'
  }

  /** Accepts a reset. There must be none under way. */
  begin(resetType: RoomResetType, disturbance: ResetDisturbance): void {
    if (this.#transition !== undefined) throw new Error('a reset is still under way')
    const { clock, random, delayMs } = this.#options
    const startedMs = clock.nowMs()
    if (resetType === 'Nmi' || this.changesNothing(resetType)) {
      const outcome = resetType === 'Nmi' ? 'nothing_happened' : 'already_there'
      this.#options.onDone({ resetType, outcome, power: this.#physical, tookMs: 0 })
      return
    }
    const tookMs = random.between(delayMs)
    const lateMs = disturbance.lateReportMs ?? 0
    const effect = disturbance.neverObeys === true ? 'nothing' : this.#effectOf(resetType)
    this.#transition = {
      resetType,
      effect,
      startedMs,
      halfMs: startedMs + tookMs / 2,
      before: this.#physical,
      late: lateMs > 0,
    }
    if (effect === 'cycle') this.#later(tookMs / 2, () => this.#set('Off'))
    if (effect !== 'nothing') this.#later(tookMs, () => this.#set(effect === 'off' ? 'Off' : 'On'))
    this.#later(tookMs + lateMs, () => this.#end())
  }

  /** Ends everything, with no further call; for the end of the room. */
  stop(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
    this.#transition = undefined
  }

  #effectOf(resetType: Exclude<RoomResetType, 'Nmi'>): Effect {
    const ifRunning = (effect: Effect): Effect => (this.#options.systemRuns() ? effect : 'nothing')
    const effects: { readonly [Type in typeof resetType]: Effect } = {
      On: 'on',
      Off: 'off',
      ForceOff: 'off',
      ForceRestart: 'cycle',
      GracefulShutdown: ifRunning('off'),
      GracefulRestart: ifRunning('cycle'),
      PushPowerButton: this.#physical === 'Off' ? 'on' : ifRunning('off'),
    }
    return effects[resetType]
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel)
      run()
    })
    this.#timers.add(cancel)
  }

  #set(power: PhysicalPower): void {
    if (this.#physical === power) return
    this.#physical = power
    this.#options.onPower(power)
  }

  #end(): void {
    const { resetType, effect, startedMs } = this.#transition!
    this.#transition = undefined
    this.#options.onDone({
      resetType,
      outcome: effect === 'nothing' ? 'nothing_happened' : 'reached',
      power: this.#physical,
      tookMs: this.#options.clock.nowMs() - startedMs,
    })
  }
}
