import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { trivetError } from '../../lib/errors.ts'
import { chainBytes, makeRecovered, nodeDisk, requireUnlocked } from '../../raft/index.ts'
import { copyState } from '../../state/snapshot/copy-state.ts'
import { LevelKeyValue } from '../../state/storage/level-key-value.ts'
import { digestOf, withCollection, type Collection } from './collect.ts'
import { recoveryNames } from './names.ts'
import type { RecoveryPlan } from './plan.ts'
import { complete, isComplete, putInPlace, writeOrder } from './put-in-place.ts'

/**
 * Carries a plan out. Everything is made beside what is there before any of it takes its place, so that what fails leaves
 * all as it was. Once one directory has all that it needs, all have; whatever interrupts it from then on, the same plan
 * is applied again, and ends it. What was there is kept in a directory of its own, one for each recovery. Throws
 * RECOVERY_REFUSED, DATA_DIRECTORY_LOCKED.
 */
export async function applyPlan(
  plan: RecoveryPlan,
  put: (directory: string) => Promise<void> = putInPlace,
): Promise<void> {
  const directories = plan.directories.map(({ directory }) => directory)
  for (const directory of directories) await requireUnlocked(nodeDisk(directory))
  const begun = await Promise.all(directories.map((directory) => isComplete(directory, plan.digest)))
  if (!begun.includes(true)) await withCollection(directories, (collection) => makeAll(plan, collection))
  for (const directory of directories) await complete(directory, plan.digest)
  for (const directory of directories) await put(directory)
}

async function makeAll(plan: RecoveryPlan, { all, copies }: Collection): Promise<void> {
  if (digestOf(all) !== plan.digest) {
    throw trivetError('RECOVERY_REFUSED', { reason: 'a directory has changed since the plan was made: plan again' })
  }
  try {
    for (const peer of plan.directories) await makeOne(plan, peer, { all, copies })
  } catch (error) {
    for (const { directory } of plan.directories) {
      await rm(join(directory, recoveryNames.unfinished), { recursive: true, force: true })
    }
    throw error
  }
}

async function makeOne(
  plan: RecoveryPlan,
  { directory, peerId, peerName }: RecoveryPlan['directories'][number],
  { all, copies }: Collection,
): Promise<void> {
  const { clusterId, state, source, logIndex, term, formatEpoch, incarnation, digest } = plan
  const copyOf = (of: string) => copies[all.findIndex((one) => one.directory === of)]!
  const unfinished = join(directory, recoveryNames.unfinished)
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  const nonce = randomBytes(8).toString('hex')
  await makeRecovered(nodeDisk(directory), {
    into: `${recoveryNames.unfinished}/raft`,
    source: nodeDisk(copyOf(source)),
    lastIndex: logIndex,
    beginning: state.kind === 'ahead' ? beginningOf(plan) : undefined,
    term,
    identity: { clusterId, peerId, peerName, formatEpoch, incarnation, nonce },
  })
  if (state.kind !== 'replayed') {
    const { name } = all.find((one) => one.directory === state.directory)!.state
    const from = await LevelKeyValue.open(join(copyOf(state.directory), name), { create: false })
    const into = await LevelKeyValue.open(join(unfinished, 'state'), { create: true })
    await copyState(from, into, incarnation === '' ? {} : { incarnation })
    await into.close()
    await from.close()
  }
  await writeOrder(directory, { digest, hasState: state.kind !== 'replayed' })
}

/** Nobody has the chain of the entry that the state stands at: all begin with one that is drawn from the plan. */
function beginningOf({ lastIndex, lastTerm, digest }: RecoveryPlan) {
  const chain = createHash('sha256').update(`trivet recovery ${digest} ${lastIndex} ${lastTerm}`).digest()
  return { index: lastIndex, term: lastTerm, chain: new Uint8Array(chain.subarray(0, chainBytes)) }
}
