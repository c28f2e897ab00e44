import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry, HardState } from '../core/types.ts'
import { formatStore } from './format-store.ts'
import type { LogStore } from './log-store.ts'
import { MemoryDisk } from './memory-disk.ts'
import { bootstrap, contentOf, entriesOf, open, peers } from './store-fixture.ts'
import { compareVotes } from './vote-order.ts'

/** What the core may ask for, and a wait until everything asked for is durable. */
type Step =
  | { readonly kind: 'append'; readonly count: number }
  | { readonly kind: 'replace'; readonly back: number; readonly count: number }
  | { readonly kind: 'vote'; readonly candidate: number }
  | { readonly kind: 'commit'; readonly behind: number }
  | { readonly kind: 'settle' }

/** The log and hard state after a number of writes, as they must be read. */
interface Model {
  readonly entries: readonly Entry[]
  readonly hardState: HardState
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    kind: fc.constant('replace' as const),
    back: fc.integer({ min: 1, max: 6 }),
    count: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('vote' as const), candidate: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('commit' as const), behind: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('settle' as const) }),
)

/** What a write asks for, and what the log must be after it. */
function next(model: Model, wanted: Exclude<Step, { kind: 'settle' }>): { model: Model; write: Model } {
  const { entries, hardState } = model
  const last = entries.length
  if (wanted.kind === 'append') {
    const added = entriesOf({ from: last + 1, to: last + wanted.count, term: hardState.term })
    return { model: { entries: [...entries, ...added], hardState }, write: { entries: added, hardState } }
  }
  if (wanted.kind === 'replace') {
    const from = Math.max(hardState.commit + 1, last + 1 - wanted.back)
    const raised = { ...hardState, term: hardState.term + 1, vote: '' }
    const added = entriesOf({ from, to: from + wanted.count - 1, term: raised.term })
    const after = { entries: [...entries.slice(0, from - 1), ...added], hardState: raised }
    return { model: after, write: { entries: added, hardState: raised } }
  }
  const changed =
    wanted.kind === 'vote'
      ? { ...hardState, term: hardState.term + 1, vote: peers[wanted.candidate]!.id }
      : { ...hardState, commit: Math.max(hardState.commit, last - wanted.behind) }
  return { model: { entries, hardState: changed }, write: { entries: [], hardState: changed } }
}

/** Runs steps until they end or the disk has crashed; tells every model since the start and how far it was durable. */
async function run(store: LogStore, disk: MemoryDisk, start: Model, steps: readonly Step[]) {
  const models = [start]
  let durable = 0
  for (const wanted of steps) {
    if (disk.crashed) break
    if (wanted.kind === 'settle') {
      for (let turn = 0; turn < 50 && durable < models.length - 1 && !disk.crashed; turn++) await turns(1)
      continue
    }
    const { model, write } = next(models.at(-1)!, wanted)
    const number = models.push(model) - 1
    store.append({ ...write, durable: () => (durable = number) })
  }
  await turns(2)
  return { models, durable }
}

/** What was found must be one of the states that were asked for, and none from before the last one acknowledged. */
function judge(found: Model, { models, durable }: { models: readonly Model[]; durable: number }): void {
  const text = (entries: readonly Entry[]) => entries.map((entry) => `${entry.index}/${entry.term}`).join(' ')
  const candidates = models.slice(durable)
  const logs = candidates.map((model) => text(model.entries))
  expect(logs).toContain(text(found.entries))
  const votes = candidates.map((model) => `${model.hardState.term} ${model.hardState.vote}`)
  expect(votes).toContain(`${found.hardState.term} ${found.hardState.vote}`)
  expect(compareVotes(found.hardState, candidates[0]!.hardState)).toMatch(/same|ahead/)
  // The commit index may be behind, but never before the entries that it speaks of.
  expect(found.hardState.commit).toBeLessThanOrEqual(found.entries.length)
}

function imageOf(store: LogStore): Model {
  const entries = contentOf(store).map((_, at) => store.entries(at + 1, at + 2, 1)[0]!)
  return { entries, hardState: store.initialState().hardState }
}

/** A generator of fates, so that a failing case repeats. */
function fates(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Lets the event loop turn. */
async function turns(count: number): Promise<undefined> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
  return undefined
}

/** Crashes again and again, each time at a write of its own, and checks what is found each time. */
async function survive(options: {
  readonly crashes: readonly { readonly atWrite: number; readonly kind: 'process' | 'power'; readonly seed: number }[]
  readonly steps: readonly Step[]
}): Promise<{ crashed: number }> {
  let disk = new MemoryDisk()
  await formatStore(disk, bootstrap)
  let expected: { models: Model[]; durable: number } | undefined
  let crashed = 0
  for (const { atWrite, kind, seed } of options.crashes) {
    disk = disk.restart({ atWrite, kind, random: fates(seed) })
    const opening = open(disk, { windowLimits: { entriesMax: 4, bytesMax: 1000 }, watermarkEntries: 5 })
    const opened = await Promise.race([opening, turns(2)])
    if (opened === undefined) {
      // It crashed while it was opened: what must be found next is what had to be found now.
      expect(disk.crashed).toBe(true)
      crashed++
      continue
    }
    if (opened.kind !== 'healthy') throw new Error(`a crash alone left it ${JSON.stringify(opened)}`)
    const found = imageOf(opened.store)
    if (expected !== undefined) judge(found, expected)
    expected = await run(opened.store, disk, found, options.steps)
    if (disk.crashed) crashed++
  }
  const opened = await open(disk.restart())
  if (opened.kind !== 'healthy') throw new Error(`a crash alone left it ${JSON.stringify(opened)}`)
  // It may have crashed while it was opened, each time.
  if (expected !== undefined) judge(imageOf(opened.store), expected)
  return { crashed }
}

const story: readonly Step[] = [
  { kind: 'append', count: 3 },
  { kind: 'settle' },
  { kind: 'vote', candidate: 1 },
  { kind: 'settle' },
  { kind: 'append', count: 2 },
  { kind: 'append', count: 2 },
  { kind: 'replace', back: 3, count: 1 },
  { kind: 'settle' },
  { kind: 'commit', behind: 1 },
  { kind: 'append', count: 4 },
  { kind: 'settle' },
  { kind: 'replace', back: 2, count: 2 },
  { kind: 'settle' },
  { kind: 'commit', behind: 0 },
  { kind: 'vote', candidate: 2 },
  { kind: 'settle' },
]

test('after a crash at any write of a story, nothing acknowledged is lost and the log is healthy', async () => {
  let crashed = 0
  for (const kind of ['process', 'power'] as const) {
    for (let atWrite = 1; atWrite <= 45; atWrite++) {
      for (let seed = 0; seed < 6; seed++) {
        crashed += (await survive({ crashes: [{ atWrite, kind, seed }], steps: story })).crashed
      }
    }
  }
  // The story has fewer writes than the last moments tried, so that its end is tried too.
  expect(crashed).toBeGreaterThan(200)
})

test('a first start that crashes at any write leaves nothing or everything', async () => {
  const outcomes = { fresh: 0, healthy: 0 }
  for (let atWrite = 1; atWrite <= 10; atWrite++) {
    for (let seed = 0; seed < 6; seed++) {
      const disk = new MemoryDisk({ atWrite, kind: 'power', random: fates(seed) })
      void formatStore(disk, bootstrap)
      await turns(5)
      const after = disk.restart()
      const opened = await open(after)
      if (opened.kind === 'damaged' || opened.kind === 'repairing') throw new Error(opened.reason)
      outcomes[opened.kind]++
      if (opened.kind === 'fresh') {
        await formatStore(after, bootstrap)
        expect((await open(after)).kind).toBe('healthy')
      }
    }
  }
  expect(outcomes.fresh).toBeGreaterThan(10)
  expect(outcomes.healthy).toBeGreaterThan(5)
})

test('after any sequence of crashes, nothing acknowledged is lost and the log is healthy', async () => {
  const crash = fc.record({
    atWrite: fc.integer({ min: 1, max: 40 }),
    kind: fc.constantFrom('process' as const, 'power' as const),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(crash, { minLength: 1, maxLength: 5 }),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      async (crashes, steps) => {
        await survive({ crashes, steps })
      },
    ),
    { numRuns: 1000 },
  )
}, 60_000)
