import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keyValueContract } from './key-value.contract.ts'
import { LevelKeyValue } from './level-key-value.ts'

const base = mkdtempSync(join(tmpdir(), 'trivet-state-'))
let opened = 0

function directory(): string {
  opened += 1
  return join(base, `${opened}`)
}

afterAll(() => rmSync(base, { recursive: true }))

keyValueContract('a LevelDB database', () => LevelKeyValue.open(directory(), { create: true }))

test('a database that is not there is not made in its place', async () => {
  await expect(LevelKeyValue.open(directory(), { create: false })).rejects.toThrow(/failed to open/)
})

/** Bytes of the files of a directory whose names end like this. */
function sizeOf(path: string, ending: string): number {
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
}

test('a sync puts what was written into a table, which LevelDB syncs, and leaves nothing in its unsynced log', async () => {
  const path = directory()
  const store = await LevelKeyValue.open(path, { create: true })
  await store.batch([{ key: 'a', value: new Uint8Array(1000) }], { sync: false })
  expect(sizeOf(path, '.log')).toBeGreaterThan(1000)
  expect(sizeOf(path, '.ldb')).toBe(0)
  await store.sync()
  expect(sizeOf(path, '.log')).toBeLessThan(100)
  expect(sizeOf(path, '.ldb')).toBeGreaterThan(0)
  await store.close()
})

test('syncs merge no tables', async () => {
  const path = directory()
  const store = await LevelKeyValue.open(path, { create: true })
  const tables = () => readdirSync(path).filter((name) => name.endsWith('.ldb'))
  await store.batch([{ key: 'a', value: new Uint8Array(1000) }], { sync: false })
  await store.sync()
  const [first] = tables()
  await store.batch([{ key: 'b', value: new Uint8Array(1000) }], { sync: false })
  await store.sync()
  expect(tables()).toContain(first)
  expect(tables()).toHaveLength(2)
  await store.close()
})

test('a sync whose table cannot be written is rejected, though LevelDB says nothing of it', async () => {
  const path = directory()
  const store = await LevelKeyValue.open(path, { create: true })
  await store.batch([{ key: 'a', value: new Uint8Array(1000) }], { sync: false })
  // Files are numbered in turn: the log that is begun next can be made, and the table behind it has its name taken.
  const [log] = readdirSync(path).filter((name) => name.endsWith('.log'))
  mkdirSync(join(path, `${Number.parseInt(log!) + 2}.ldb`.padStart('000005.ldb'.length, '0')))
  await expect(store.sync()).rejects.toThrow()
  await store.close()
})

test('what was written is there when it is opened again, and nobody else opens it meanwhile', async () => {
  const path = directory()
  const first = await LevelKeyValue.open(path, { create: true })
  await first.batch([{ key: 'a', value: new Uint8Array([1]) }], { sync: true })
  await expect(LevelKeyValue.open(path, { create: false })).rejects.toThrow(/failed to open/)
  await first.close()
  const second = await LevelKeyValue.open(path, { create: false })
  expect(await second.get('a')).toEqual(new Uint8Array([1]))
  await second.close()
})
