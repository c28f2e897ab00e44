import { Dice } from '../world/dice.ts'
import type { Trace } from '../world/trace.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import { cells, type Cell, type Coverage, type Phase, type StruckRole } from './coverage.ts'
import type { Disturbance } from './disturbance.ts'
import { oneWayPartition } from './one-way-partition.ts'
import { partition } from './partition.ts'
import { replacedUnawares } from './replaced-unawares.ts'
import type { Stage } from './stage.ts'

/**
 * Part of the kinds that a seed draws. Where much happens at once little goes on: some bugs are only met where few things
 * happen, to a cluster that works.
 */
const drawnParts = [0.1, 0.25, 0.5, 0.75] as const

/** A strike waits so long for the peer and the moment that it wishes for; then it takes what there is. */
const patienceTicks = { min: 160, max: 2_000 } as const

/**
 * The cells that damage wishes for, one in each seed. A seed can damage few peers and an unusual moment may not come,
 * so those are wished for twice.
 */
const damageCells: readonly Cell[] = [...cells, ...cells.filter(isUnusual)]

/** Somebody leads and a peer does not know, or believes that it leads in vain. */
function isUnusual({ role, phase }: Cell): boolean {
  return role === 'candidate' ? phase !== 'electing' : role === 'leader' && phase === 'electing'
}

/** Where damage wishes for an unusual moment these are always drawn: they leave peers apart that know nothing of it. */
const bringAbout: ReadonlySet<string> = new Set([partition.name, oneWayPartition.name, replacedUnawares.name])

/** One kind that this seed has drawn. */
interface Active {
  readonly kind: Disturbance
  readonly dice: Dice
  readonly everyTicks: number
  readonly patienceTicks: number
  /** The tick from which on it strikes. */
  dueTick: number
  wish: Cell
  strikesLeft: number
}

/**
 * Decides by the seed which kinds of disturbance there are, how often, and when and whom they strike. A strike wishes
 * for a role and a phase, each in turn, so that a dose of seeds leaves no cell of the coverage table empty.
 */
export class Driver {
  readonly #active: Active[] = []
  readonly #stage: Stage
  readonly #coverage: Coverage
  readonly #trace: Trace

  constructor(options: {
    readonly seed: number
    readonly ticks: number
    readonly kinds: readonly Disturbance[]
    readonly without: ReadonlySet<string>
    /** Kinds that every seed draws, and more often; then it draws little else. */
    readonly focus: ReadonlySet<string>
    readonly stage: Stage
    readonly coverage: Coverage
    readonly trace: Trace
  }) {
    const { seed, ticks, kinds } = options
    this.#stage = options.stage
    this.#coverage = options.coverage
    this.#trace = options.trace
    const { focus } = options
    const drawn = focus.size > 0 ? drawnParts[0] : Dice.named(seed, 'swarm').pick(drawnParts)
    const allDamages = kinds.filter(({ isDamage }) => isDamage === true)
    const wanted = allDamages.filter(({ name }) => focus.has(name))
    const damages = wanted.length > 0 ? wanted : allDamages
    // Seed by seed another kind, and then another cell.
    const damage = damages[seed % damages.length]
    const damageCell = damageCells[Math.floor(seed / damages.length) % damageCells.length]!
    for (const [at, kind] of kinds.entries()) {
      const dice = Dice.named(seed, kind.name)
      const isWanted = focus.has(kind.name)
      const strength = dice.logUniform(0.4, 3) * (isWanted ? 2 : 1)
      const isDrawn = dice.chance(drawn) || isWanted || (isUnusual(damageCell) && bringAbout.has(kind.name))
      const wish = cells[(seed + at * 5) % cells.length]!
      const common = { kind, dice, everyTicks: kind.everyTicks / strength }
      if (options.without.has(kind.name)) continue
      if (kind.isDamage === true) {
        if (damage !== kind) continue
        // It strikes once, in most clusters: the moment that it wishes for is worth waiting for.
        const dueTick = dice.between(1, Math.ceil(ticks / 4))
        const patience = Math.floor(ticks * 0.65)
        this.#active.push({ ...common, patienceTicks: patience, dueTick, wish: damageCell, strikesLeft: 2 })
      } else if (isDrawn) {
        const dueTick = Math.ceil(dice.exponential(kind.everyTicks / strength))
        const patience = Math.min(patienceTicks.max, Math.max(patienceTicks.min, kind.everyTicks))
        this.#active.push({ ...common, patienceTicks: patience, dueTick, wish, strikesLeft: Infinity })
      }
    }
  }

  /** The names of what this seed has drawn. */
  get names(): readonly string[] {
    return this.#active.map(({ kind }) => kind.name)
  }

  tick(tick: number, phase: Phase): void {
    for (const active of this.#active) {
      if (tick < active.dueTick || active.strikesLeft === 0) continue
      const isPatient = tick < active.dueTick + active.patienceTicks
      if (isPatient && phase !== active.wish.phase) continue
      const running = this.#stage.peers.filter((peer) => peer.isSound)
      const fitting = running.filter((peer) => roleOf(peer) === active.wish.role)
      if (fitting.length === 0 && (isPatient || running.length === 0)) continue
      const peer = active.dice.pick(fitting.length > 0 ? fitting : running)
      this.#strike(active, peer, { role: roleOf(peer), phase })
      active.dueTick = tick + Math.ceil(active.dice.exponential(active.everyTicks))
    }
  }

  #strike(active: Active, peer: SimPeer, cell: Cell): void {
    const { kind, dice } = active
    if (kind.isDamage === true && !this.#stage.atlas.mayDamage(peer)) return
    if (!kind.strike({ peer, stage: this.#stage, dice })) return
    if (kind.isDamage === true) this.#stage.atlas.damages(peer, kind.isCurable)
    active.strikesLeft--
    this.#trace.note(peer.name, 'is struck by', kind.name, cell.role, cell.phase)
    this.#coverage.strikes(kind.name, cell)
    active.wish = cells[(cells.indexOf(active.wish) + 1) % cells.length]!
  }
}

export function roleOf({ role }: SimPeer): StruckRole {
  if (role === 'leader') return 'leader'
  return role === 'follower' ? 'follower' : 'candidate'
}
