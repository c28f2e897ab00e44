import type { PeerNumber, Setting } from './operation.ts'
import { units, unitsAndHalf } from './size-unit.ts'
import type { Dice } from '../../src/raft/core/testing/dice.ts'

/** What may happen next in a schedule; some are several operations. */
export type Act =
  | 'round'
  | 'elect'
  | 'converse'
  | 'diverge'
  | 'settle'
  | 'turn'
  | 'write'
  | 'respond'
  | 'apply'
  | 'tick'
  | 'deliver'
  | 'double'
  | 'drop'
  | 'campaign'
  | 'rivals'
  | 'propose'
  | 'change'
  | 'leave'
  | 'transfer'
  | 'compact'
  | 'snapshot_status'
  | 'read'
  | 'forget'
  | 'unreachable'
  | 'crash'
  | 'start'
  | 'bounce'

/** How a schedule is. */
export interface Weights {
  readonly acts: Readonly<Record<Act, number>>
  /** How often a peer gets to do its work right after something happened to it. */
  readonly promptness: number
  /** How often its disk keeps up. */
  readonly diskSpeed: number
  /** One peer's disk hardly ever does; 0 is nobody's. */
  readonly slowDisk: PeerNumber
  /** How often the oldest message is delivered first. */
  readonly order: number
  /** How many messages get through in a conversation. */
  readonly reach: number
  readonly ticksMax: number
}

/** Draws of a peer before they come over again. */
const drawsCount = 50

export function drawSetting(dice: Dice): Setting {
  const electionTicks = dice.pick([2, 3, 5, 10])
  const append = dice.pick([0, 1, 2, 8])
  const voters = dice.pick([1, 2, 3, 3, 3, 4, 5, 5, 5])
  const learners = dice.pick([0, 0, 0, 1, 2])
  const others = dice.pick([0, 0, 1, 2])
  const peers = voters + learners + others
  const numbers = Array.from({ length: peers }, (_, at) => at + 1)
  return {
    config: {
      electionTicks,
      heartbeatTicks: electionTicks > 3 ? dice.pick([1, 2]) : 1,
      maxAppendBytes: unitsAndHalf(append),
      maxCommittedBytesPerReady: unitsAndHalf(dice.pick([0, 1, 3, 20])),
      maxUncommittedBytes: units(dice.pick([2, 8, 30, 100])),
      maxInflightMessages: dice.pick([1, 2, 3, 16]),
      maxInflightBytes: units(append + dice.pick([1, 2, 5, 50])),
    },
    peers,
    voters: numbers.slice(0, voters),
    learners: numbers.slice(voters, voters + learners),
    blank: numbers.slice(voters).filter(() => dice.chance(0.5)),
    draws: numbers.map(() => Array.from({ length: drawsCount }, () => dice.below(electionTicks))),
  }
}

export function drawWeights(dice: Dice, voters: number): Weights {
  return {
    acts: {
      round: dice.pick([3, 10, 20]),
      elect: dice.pick([1, 3, 8]),
      converse: dice.pick([3, 10, 20]),
      diverge: dice.pick([0, 3, 10]),
      settle: dice.pick([5, 20]),
      turn: dice.pick([0, 5]),
      write: dice.pick([1, 5]),
      respond: dice.pick([1, 5]),
      apply: dice.pick([1, 5]),
      tick: dice.pick([2, 6]),
      deliver: dice.pick([10, 30]),
      double: dice.pick([0, 2, 6]),
      drop: dice.pick([0, 2, 6]),
      campaign: dice.pick([0, 0, 1]),
      rivals: dice.pick([0, 0, 1]),
      propose: dice.pick([3, 10]),
      change: dice.pick([0, 1, 4]),
      leave: dice.pick([0, 1, 2]),
      transfer: dice.pick([0, 0, 1, 3]),
      compact: dice.pick([0, 2, 6]),
      snapshot_status: dice.pick([0, 1, 3]),
      read: dice.pick([0, 2, 6]),
      forget: dice.pick([0, 1]),
      unreachable: dice.pick([0, 0, 1, 3]),
      crash: dice.pick([0, 0, 1]),
      start: dice.pick([1, 3]),
      bounce: dice.pick([0, 0, 2]),
    },
    promptness: dice.pick([0, 0.3, 0.8]),
    slowDisk: dice.chance(0.5) ? 1 + dice.below(voters) : 0,
    diskSpeed: dice.pick([0.4, 0.8, 0.95]),
    order: dice.pick([0.5, 0.9, 1]),
    reach: dice.pick([0.6, 0.9, 1]),
    ticksMax: dice.pick([1, 3, 12]),
  }
}
