import { describe, expect, test } from 'vitest'
import { filesContract } from './files.contract.ts'
import { keyValueContract } from './key-value.contract.ts'
import { MemoryDisk } from './memory-disk.ts'

describe('memory', () => {
  filesContract(async () => new MemoryDisk().files)
  keyValueContract(async () => {
    const disk = new MemoryDisk()
    return async (options) => disk.openKeyValue('log', options)
  })
})

const bytes = (text: string) => new TextEncoder().encode(text)

test('a loss of power takes unsynced writes, the end of the process does not', async () => {
  for (const kind of ['power', 'process'] as const) {
    const disk = new MemoryDisk({ atWrite: 5, kind, random: () => 0 })
    await disk.files.replace('name', bytes('....'))
    const file = await disk.files.open('name')
    file.write({ position: 0, bytes: bytes('a') })
    await file.sync()
    file.write({ position: 1, bytes: bytes('b') })
    void file.sync()
    expect(disk.crashed).toBe(true)
    expect(await disk.restart().files.read('name')).toEqual(bytes(kind === 'power' ? 'a...' : 'ab..'))
  }
})

test('after the crash nothing is written and no promise resolves', async () => {
  const disk = new MemoryDisk({ atWrite: 1, kind: 'process', random: () => 0 })
  let resolved = false
  void disk.files.replace('one', bytes('1')).then(() => (resolved = true))
  void disk.files.replace('two', bytes('2')).then(() => (resolved = true))
  await new Promise(setImmediate)
  expect(resolved).toBe(false)
  expect([...disk.restart().fileMap.keys()]).toEqual([])
})
