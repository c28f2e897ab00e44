import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyValueContract } from './key-value.contract.ts'
import { openLevel } from './level-key-value.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trivet-level-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

describe('LevelDB', () => {
  keyValueContract(async () => async (options) => openLevel(join(root, 'log'), options))

  test('a block of a table that LevelDB cannot unpack is told as damage, and what it held never as missing', async () => {
    const written = await openLevel(join(root, 'log'), { create: true })
    const keys = Array.from({ length: 500 }, (_, at) => Uint8Array.of(1, at >> 8, at & 0xff))
    await written.batch(keys.map((key) => ({ type: 'put', key, value: new Uint8Array(200).fill(key[2]!) })))
    await written.close()
    // Opening it again makes a table of what stood in its own log.
    await (await openLevel(join(root, 'log'), { create: false })).close()
    const table = (await readdir(join(root, 'log'))).find((name) => name.endsWith('.ldb'))!
    const file = await open(join(root, 'log', table), 'r+')
    await file.write(new Uint8Array(64).fill(0xff), 0, 64, 0)
    await file.close()
    const keyValue = await openLevel(join(root, 'log'), { create: false })
    const damage = expect.objectContaining({ name: 'KeyValueError', kind: 'unreadable' }) as Error
    expect(() => keyValue.get(keys[0]!)).toThrow(damage)
    const read = async () => {
      for await (const _ of keyValue.slices({ from: Uint8Array.of(0), until: Uint8Array.of(2) }));
    }
    await expect(read()).rejects.toEqual(damage)
    await keyValue.close()
  })
})
