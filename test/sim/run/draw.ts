import { newestVersion } from '../clients/operation.ts'
import type { Pace } from '../clients/pace.ts'
import type { SimPeer } from '../peer/sim-peer.ts'
import type { Dice } from '../world/dice.ts'
import type { CoreLimits, SnapshotPace } from '../world/world.ts'

const shelfNames = ['ash', 'birch', 'cedar', 'elm', 'fir', 'hazel', 'larch', 'maple'] as const

/** Peers of the cluster: mostly three. */
export function drawSize(dice: Dice): number {
  return dice.pick([3, 3, 3, 3, 3, 3, 3, 5, 5, 1])
}

/** Machines beyond those that the cluster begins with. */
export function drawSpares(dice: Dice): number {
  return dice.pick([0, 0, 1, 2])
}

/** In every other seed limits are met that a cluster seldom meets: messages of one entry, no room for another proposal. */
export function drawCoreLimits(dice: Dice): CoreLimits {
  if (dice.chance(0.5)) return {}
  return {
    maxAppendBytes: dice.pick([1, 400, 2_000]),
    maxInflightBytes: dice.pick([2_000, 100_000]),
    maxInflightMessages: dice.pick([1, 3, 64]),
    maxCommittedBytesPerReady: dice.pick([1, 600, 100_000]),
    maxUncommittedBytes: dice.pick([1, 300, 700, 3_000]),
  }
}

/** Logs are cut in most seeds: in some all the time, so that whoever is away for a moment needs a snapshot. */
export function drawSnapshotPace(dice: Dice): SnapshotPace {
  const entriesMax = dice.pick([0, 0, 0, 3, 5, 8, 12, 20, 40, 80])
  const bytesMax = dice.pick([4_000, 1_000_000_000, 1_000_000_000])
  const part = dice.pick([0.1, 0.25, 0.5, 1])
  const chunkBytes = dice.pick([64, 300, 1_000, undefined])
  if (entriesMax === 0) return { compactionLimits: undefined, chunkBytes }
  const tail = { entriesMax: Math.max(1, Math.floor(entriesMax * part)), bytesMax: bytesMax / 2 }
  return { compactionLimits: { entriesMax, bytesMax, tail }, chunkBytes }
}

export function drawPace(dice: Dice): Pace {
  return {
    clients: dice.pick([2, 3, 4, 5, 6, 12]),
    pauseMs: dice.logUniform(100, 4_000),
    burstMs: dice.pick([0, 200, 400, 2_000]),
    reads: dice.pick([0.1, 0.3, 0.6, 0.8]),
    watchers: dice.pick([0, 1, 1, 2]),
    names: shelfNames.slice(0, dice.pick([1, 2, 4, 8])),
    tryMs: dice.pick([60, 500, 2_000, 5_000]),
    cancels: dice.pick([0, 0.05, 0.2, 0.5]),
    abandons: dice.pick([0, 0, 0.1, 0.5]),
  }
}

/** All peers run one release, or an upgrade is under way; new machines get the newest one. */
export function drawReleases(peers: readonly SimPeer[], dice: Dice): void {
  const newer = dice.pick([0, 0.5])
  for (const peer of peers) peer.release = peer.isInstalled ? (dice.chance(newer) ? 2 : 1) : newestVersion
}
