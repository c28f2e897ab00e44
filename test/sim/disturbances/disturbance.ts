import type { SimPeer } from '../peer/sim-peer.ts'
import type { Dice } from '../world/dice.ts'
import type { Stage } from './stage.ts'

/** One occasion on which something is done to a peer. */
export interface Strike {
  readonly peer: SimPeer
  readonly stage: Stage
  /** Of this kind of disturbance alone. */
  readonly dice: Dice
}

/**
 * One kind of thing that happens to a cluster: a fault, or something that an operator does. To add one, write a file
 * and put it into `table.ts`; seeds draw it, healing undoes it, the coverage table has its rows.
 */
export interface Disturbance {
  readonly name: string
  /** Ticks between two strikes in a seed that draws it at its ordinary strength, on average. */
  readonly everyTicks: number
  /** It may cost a peer what it keeps: a seed draws one such kind at most, and the atlas is asked. */
  readonly isDamage?: boolean
  /** Damage after which the peer must get well by itself: the others have all that it lost. */
  readonly isCurable?: boolean
  /** Does it. False if it cannot be done to this peer now. */
  strike(strike: Strike): boolean
}
