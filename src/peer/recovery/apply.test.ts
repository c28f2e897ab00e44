import { cp, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppliedMarkSchema, EntrySchema } from '../../gen/trivet/log/v1/log_pb.ts'
import { examineStore, nodeDisk } from '../../raft/index.ts'
import { formatStore } from '../../raft/store/format-store.ts'
import { appendDurably, bootstrap, clusterId, openHealthy, peers } from '../../raft/store/store-fixture.ts'
import { HashSum } from '../../state/pure/hash-sum.ts'
import { markKey } from '../../state/storage/keys.ts'
import { LevelKeyValue } from '../../state/storage/level-key-value.ts'
import { sealMark } from '../../state/storage/records.ts'
import { firstIncarnation } from '../state-dir.ts'
import { applyPlan } from './apply.ts'
import { withCollection } from './collect.ts'
import { planOf, type RecoveryPlan } from './plan.ts'
import { putInPlace } from './put-in-place.ts'

/** The logs hold entries up to here, and a transaction in each but the first. */
const lastIndex = 40
const cutIndex = 20

let root: string
let directories: readonly string[]
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-apply-'))
  directories = peers.map(({ name }) => join(root, name))
})
afterEach(async () => rm(root, { recursive: true }))

/** A log that was cut. */
async function makeLog(at: number): Promise<void> {
  const disk = nodeDisk(directories[at]!)
  const self = peers[at]!.id
  await formatStore(disk, { ...bootstrap, self })
  const store = await openHealthy(disk, { self, appliedIndex: 0 })
  const entries = Array.from({ length: lastIndex - 1 }, (_, offset) => {
    const data = create(EntrySchema, { firstRevision: BigInt(offset + 1), transactions: [{}] })
    return { index: offset + 2, term: 1, type: 'normal', data: toBinary(EntrySchema, data) } as const
  })
  await appendDurably(store, { entries, hardState: { term: 1, vote: self, commit: lastIndex } })
  store.compactTo(cutIndex)
  await expect.poll(() => store.firstIndex()).toBe(cutIndex + 1)
  await store.close()
}

/** A state without rows that has applied the log up to an entry. */
async function makeState(at: number, index: number, name = 'state'): Promise<void> {
  const nothing = new HashSum().toBytes()
  const mark = create(AppliedMarkSchema, {
    index: BigInt(index),
    term: 1n,
    revision: BigInt(index - 1),
    stateHash: nothing,
    outcomesHash: nothing,
    incarnation: firstIncarnation(clusterId),
  })
  const keyValue = await LevelKeyValue.open(join(directories[at]!, name), { create: true })
  await keyValue.batch([{ key: markKey, value: sealMark(mark) }], { sync: true })
  await keyValue.close()
}

async function makeAll(indexes: readonly number[]): Promise<void> {
  for (const [at, index] of indexes.entries()) {
    await makeLog(at)
    await makeState(at, index)
  }
}

const plan = (): Promise<RecoveryPlan> => withCollection(directories, async ({ all }) => planOf(all, 'renewed'))

/** Log and state of each directory. */
const found = () =>
  withCollection(directories, async ({ all }) =>
    all.map((of) => ({ log: [of.truncationIndex, of.lastIndex], state: of.state.index, problem: of.state.problem })),
  )

const all = (of: object) => directories.map(() => of)

test('every peer gets the log and the state of the plan, its own or not', async () => {
  await makeAll([30, 10, 35])
  await applyPlan(await plan())
  expect(await found()).toEqual(all({ log: [cutIndex, lastIndex], state: 35, problem: '' }))
  for (const [at, directory] of directories.entries()) {
    expect((await readdir(directory)).toSorted()).toEqual(['before-recovery.1', 'raft', 'state'])
    expect((await examineStore(nodeDisk(directory))).identity).toMatchObject({ peerId: peers[at]!.id })
  }
})

test('where a state is further than any log, all logs begin behind it, and agree there', async () => {
  await makeAll([30, 45, 35])
  const made = await plan()
  expect(made).toMatchObject({ lastIndex: 45, lostIndexes: { to: 0 }, lastRevision: 44 })
  await applyPlan(made)
  expect(await found()).toEqual(all({ log: [45, 45], state: 45, problem: '' }))
  const ends = await Promise.all(directories.map(async (of) => (await examineStore(nodeDisk(of))).last))
  expect(ends[0]).toEqual(ends[1])
  expect(ends[0]).toEqual(ends[2])
})

test('an apply that is interrupted between two directories is not planned over, and ends when it is repeated', async () => {
  await makeAll([30, 10, 35])
  const made = await plan()
  const interrupted = async (directory: string) => {
    if (directory === directories[1]) throw new Error('the power is gone')
    await putInPlace(directory)
  }
  await expect(applyPlan(made, interrupted)).rejects.toThrow('the power is gone')
  await expect(plan()).rejects.toMatchObject({ code: 'RECOVERY_REFUSED' })
  // Another plan does not end it.
  await expect(applyPlan({ ...made, digest: 'other' })).rejects.toMatchObject({ code: 'RECOVERY_REFUSED' })
  await applyPlan(made)
  expect(await found()).toEqual(all({ log: [cutIndex, lastIndex], state: 35, problem: '' }))
  for (const directory of directories) {
    expect((await readdir(directory)).toSorted()).toEqual(['before-recovery.1', 'raft', 'state'])
    expect((await readdir(join(directory, 'before-recovery.1'))).toSorted()).toEqual(['raft', 'state'])
  }
})

test('a plan for what has changed meanwhile changes nothing', async () => {
  await makeAll([30, 10, 35])
  const made = await plan()
  await rm(join(directories[0]!, 'state'), { recursive: true })
  await expect(applyPlan(made)).rejects.toMatchObject({ code: 'RECOVERY_REFUSED' })
  for (const directory of directories) expect(await readdir(directory)).not.toContain('recovered.new')
})

test('lost revisions renew the incarnation of log and state', async () => {
  await makeAll([30, 10, 35])
  // One state speaks of more than there is, and is none that could be gone on with.
  await rm(join(directories[1]!, 'state'), { recursive: true })
  await makeState(1, 44)
  await writeFile(join(directories[1]!, 'damaged'), 'outvoted by a and c\n')
  const made = await plan()
  expect(made).toMatchObject({ lostIndexes: { from: 41, to: 44 }, lostRevisions: { from: 40, to: 43, isExact: true } })
  await applyPlan(made)
  await withCollection(directories, async (collection) => {
    for (const of of collection.all) expect([of.incarnation, of.state.incarnation]).toEqual(['renewed', 'renewed'])
  })
  expect(await readdir(directories[1]!)).not.toContain('damaged')
})

const installed = 'state.0123456789abcdef'

test.each<[string, () => Promise<unknown>, object]>([
  [
    'that the pointer names is the one that counts',
    async () => {
      await makeState(0, 33, installed)
      await writeFile(join(directories[0]!, 'state.pointer'), `${installed}\n`)
    },
    { name: installed, index: 33, problem: '' },
  ],
  [
    'is none whose pointer is damaged',
    () => writeFile(join(directories[0]!, 'state.pointer'), 'st'),
    { name: '', index: 0, problem: 'the pointer to the state is damaged' },
  ],
  [
    'that the others found wrong says how far it is, and why it cannot be gone on with',
    () => writeFile(join(directories[0]!, 'damaged'), 'outvoted by b and c\n'),
    { index: 30, problem: 'outvoted by b and c' },
  ],
  [
    'that was marked without a reason cannot be gone on with either',
    () => writeFile(join(directories[0]!, 'damaged'), ''),
    { index: 30, problem: 'the state on disk is damaged: it was marked as such' },
  ],
  [
    'that is missing is told to be',
    () => rename(join(directories[0]!, 'state'), join(directories[0]!, 'state.damaged')),
    { index: 0, problem: 'the state is missing, or does not open' },
  ],
  [
    'without a mark says nothing',
    async () => {
      await rm(join(directories[0]!, 'state'), { recursive: true })
      await (await LevelKeyValue.open(join(directories[0]!, 'state'), { create: true })).close()
    },
    { index: 0, problem: 'the state on disk is damaged: it says not how far it is' },
  ],
])('a state %s', async (_, change, state) => {
  await makeAll([30])
  const before = join(root, 'before')
  await change()
  await cp(directories[0]!, before, { recursive: true })
  await withCollection([directories[0]!], async (collection) => expect(collection.all[0]!.state).toMatchObject(state))
  expect(await readdir(join(directories[0]!, 'raft/log'))).toEqual(await readdir(join(before, 'raft/log')))
})
