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

test('a sync puts what was written into a table, which LevelDB syncs, and leaves nothing in its unsynced log', async () => {
  const path = directory()
  const store = await LevelKeyValue.open(path, { create: true })
  await store.batch([{ key: 'a', value: new Uint8Array(1000) }], { sync: false })
  const sizeOf = (ending: string) =>
    readdirSync(path)
      .filter((name) => name.endsWith(ending))
      .reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
  expect(sizeOf('.log')).toBeGreaterThan(1000)
  expect(sizeOf('.ldb')).toBe(0)
  await store.sync()
  // Nothing but the removal that shows whether the table was written.
  expect(sizeOf('.log')).toBeLessThan(100)
  expect(sizeOf('.ldb')).toBeGreaterThan(0)
  await store.close()
})

test('a sync whose table cannot be written is rejected: what was written is then only in an unsynced log', async () => {
  const path = directory()
  const store = await LevelKeyValue.open(path, { create: true })
  await store.batch([{ key: 'a', value: new Uint8Array(1000) }], { sync: false })
  // No table that LevelDB may begin now can be made: as on a disk that is full.
  for (let number = 1; number < 100; number++) mkdirSync(join(path, `${String(number).padStart(6, '0')}.ldb`))
  await expect(store.sync()).rejects.toThrow(/000\d+\.ldb/)
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
