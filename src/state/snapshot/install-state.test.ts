import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openState } from '../storage/open-state.ts'
import { nodeStateDirectories, statePointerFile } from '../storage/node-state-directories.ts'
import type { StateDirectories } from '../storage/state-directories.ts'
import { CrashingStates } from '../testing/crashing-states.ts'
import { readingFrom, sampleFacts, sampleState, snapshotBytes } from '../testing/sample-snapshot.ts'
import { testCatalog } from '../testing/tables.ts'
import { installState, removeOtherStates } from './install-state.ts'

const newer = await sampleState(60)
const bytes = await snapshotBytes(newer.keyValue)
const { clusterId } = sampleFacts
const installedName = `state.${sampleFacts.id}`

function install(directories: StateDirectories, given = bytes) {
  return installState({ directories, file: 'f.snapshot', readAt: readingFrom(given), clusterId })
}

/** What the directory that counts holds. */
async function openCurrent(directories: StateDirectories) {
  const keyValue = await directories.open((await directories.current())!, { create: false })
  const opened = await openState({ keyValue, catalog: testCatalog, directory: '', format: undefined })
  if (opened.kind === 'damaged') throw new Error(opened.reason)
  await keyValue.close()
  return { index: opened.state.position.index, hash: opened.state.hash.toString(), oldest: opened.extent.oldest }
}

/** A peer that is behind. */
async function behind(crashAt?: number, random?: (below: number) => number): Promise<CrashingStates> {
  const states = new CrashingStates()
  const older = await sampleState(10)
  const keyValue = await states.open('state', { create: true })
  const pairs = await older.keyValue.range({ from: '', to: '\u{10ffff}', limit: 10_000 })
  await keyValue.batch(pairs, { sync: true })
  await keyValue.sync()
  return states.restart(crashAt, random)
}

test('the state of a snapshot is the one that is opened, and the history of changes begins behind it', async () => {
  const states = await behind()
  const before = await openCurrent(states)
  expect(before.index).toBe(10)
  const header = await install(states)
  expect(Number(header.mark.index)).toBe(60)
  const after = await openCurrent(states)
  expect(after).toEqual({
    index: 60,
    hash: newer.writer.state.hash.toString(),
    oldest: newer.writer.state.revision + 1,
  })
  await removeOtherStates(states)
  expect(await states.names()).toEqual([installedName])
  expect(await openCurrent(states)).toEqual(after)
})

test('a loss of power at any write leaves the state of before or that of the snapshot, and it is done again', async () => {
  const seen = { before: 0, after: 0 }
  for (let seed = 0; seed < 4; seed++) {
    for (let crashAt = 1; crashAt < 100; crashAt++) {
      let draws = 0
      const random = (below: number) => (seed + crashAt * 3 + draws++) % below
      const states = await behind(crashAt, random)
      const working = install(states).then(() => removeOtherStates(states))
      const ending = { isThere: false }
      const end = () => (ending.isThere = true)
      working.then(end, end)
      // Where the power is lost nothing goes on; what had begun in this turn comes to its end.
      while (!ending.isThere && !states.crashed) await turns(1)
      await turns(20)
      const found = states.restart()
      const { index, hash } = await openCurrent(found)
      expect([10, 60]).toContain(index)
      if (index === 60) expect(hash).toBe(newer.writer.state.hash.toString())
      seen[index === 10 ? 'before' : 'after']++
      await install(found)
      await removeOtherStates(found)
      expect((await openCurrent(found)).index).toBe(60)
      expect(await found.names()).toEqual([installedName])
      if (!states.crashed) break
    }
  }
  expect(seen.before).toBeGreaterThan(8)
  expect(seen.after).toBeGreaterThan(4)
})

test('a snapshot that is damaged, or of another cluster, changes nothing', async () => {
  const states = await behind()
  const damaged = Buffer.from(bytes)
  damaged[damaged.length - 100]! ^= 1
  await expect(install(states, damaged)).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID' })
  expect((await openCurrent(states)).index).toBe(10)
  const foreign = await snapshotBytes(newer.keyValue, { clusterId: 'c2'.repeat(16) })
  await expect(install(states, foreign)).rejects.toMatchObject({ code: 'SNAPSHOT_FOREIGN' })
  expect((await openCurrent(states)).index).toBe(10)
  // What it left is made anew by the next one.
  await install(states)
  expect((await openCurrent(states)).index).toBe(60)
})

test('a snapshot that names no directory, or nobody who takes part, changes nothing', async () => {
  const states = await behind()
  for (const [facts, reason] of [
    [{ id: '../elsewhere' }, 'its id is none'],
    [{ id: '' }, 'its id is none'],
    [{ configuration: undefined as never }, 'it does not say who took part'],
  ] as const) {
    const refused = { code: 'SNAPSHOT_INVALID', params: { reason } }
    await expect(install(states, await snapshotBytes(newer.keyValue, facts))).rejects.toMatchObject(refused)
  }
  expect((await openCurrent(states)).index).toBe(10)
})

test('where the pointer cannot be read, no state is removed: one of them counts', async () => {
  const states = await behind()
  await install(states)
  states.current = async () => undefined
  await removeOtherStates(states)
  expect(await states.names()).toEqual(['state', installedName])
})

test('it works on the file system and LevelDB, too', async () => {
  const root = mkdtempSync(join(tmpdir(), 'trivet-states-'))
  const directories = nodeStateDirectories(root)
  expect(await directories.current()).toBe('state')
  await (await directories.open('state', { create: true })).close()
  writeFileSync(join(root, 'state.damaged'), 'not ours to remove')
  await install(directories)
  expect((await openCurrent(directories)).index).toBe(60)
  expect((await directories.names()).toSorted()).toEqual(['state', installedName])
  await removeOtherStates(directories)
  expect(readdirSync(root).toSorted()).toEqual([installedName, 'state.damaged', statePointerFile].toSorted())
  writeFileSync(join(root, statePointerFile), '../elsewhere\n')
  expect(await directories.current()).toBeUndefined()
  rmSync(root, { recursive: true })
})

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}
