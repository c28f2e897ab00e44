import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { trivetError } from '../../lib/errors.ts'
import { makeRecovered, nodeDisk, putRecovered, requireUnlocked } from '../../raft/index.ts'
import { collect, digestOf, type Collected } from './collect.ts'
import type { RecoveryPlan } from './plan.ts'

/**
 * Carries a plan out. Everything is made beside what is there before any of it takes its place, so that what fails leaves
 * all as it was; what was there is kept as `raft.before-recovery` and `state.before-recovery`. The state is made anew
 * from the log when a peer starts. Throws RECOVERY_REFUSED, DATA_DIRECTORY_LOCKED.
 */
export async function applyPlan(plan: RecoveryPlan): Promise<void> {
  const copies: string[] = []
  try {
    for (const { directory } of plan.directories) await requireUnlocked(nodeDisk(directory))
    const all: Collected[] = []
    for (const { directory } of plan.directories) {
      const { collected, copy } = await collect(directory)
      copies.push(copy)
      all.push(collected)
    }
    if (digestOf(all) !== plan.digest) {
      throw trivetError('RECOVERY_REFUSED', { reason: 'a directory has changed since the plan was made: plan again' })
    }
    const source = nodeDisk(copies[plan.directories.findIndex(({ directory }) => directory === plan.source)]!)
    const { clusterId, lastIndex, term, formatEpoch, incarnation } = plan
    for (const { directory, peerId, peerName } of plan.directories) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const nonce = randomBytes(8).toString('hex')
      const identity = { clusterId, peerId, peerName, formatEpoch, incarnation, nonce }
      await makeRecovered(nodeDisk(directory), { source, lastIndex, term, identity })
    }
    for (const { directory } of plan.directories) await putInPlace(directory)
  } finally {
    for (const copy of copies) await rm(copy, { recursive: true, force: true })
  }
}

async function putInPlace(directory: string): Promise<void> {
  await putRecovered(nodeDisk(directory))
  const state = join(directory, 'state')
  await rm(`${state}.before-recovery`, { recursive: true, force: true })
  await rename(state, `${state}.before-recovery`).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
  await rm(join(directory, 'damaged'), { force: true })
}
