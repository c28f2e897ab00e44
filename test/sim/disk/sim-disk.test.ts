import { describe, expect, test } from 'vitest'
import { filesContract } from '../../../src/raft/store/files.contract.ts'
import { keyValueContract } from '../../../src/raft/store/key-value.contract.ts'
import { keyValueContract as stateKeyValueContract } from '../../../src/state/storage/key-value.contract.ts'
import { statePointerFile } from '../../../src/state/storage/node-state-directories.ts'
import { stateDirectoriesContract } from '../../../src/state/storage/state-directories.contract.ts'
import type { DiskSession } from './disk-session.ts'
import { runningDisk } from './running-disk.ts'
import { SimStateDirectories } from './sim-state-directories.ts'

function runningSession(): DiskSession {
  const { disk, thread } = runningDisk()
  return disk.session(thread)
}

describe('the simulated disk keeps what its ports promise', () => {
  describe('files beside the log', () => filesContract(async () => runningSession().files))

  describe('the database of the log', () =>
    keyValueContract(async () => {
      const session = runningSession()
      return (options) => session.openKeyValue('log', options)
    }))

  stateKeyValueContract('the database of the state', async () => runningSession().openState('state', { create: true }))

  describe('the directories of states', () =>
    stateDirectoriesContract(async () => {
      const session = runningSession()
      return {
        states: new SimStateDirectories(session),
        scribble: (content) => session.files.replace(statePointerFile, Buffer.from(content)),
      }
    }))
})

test('after a refused batch all others are refused, or acknowledged and gone with the process: a seed may draw either', async () => {
  const seen = new Set<string>()
  for (let seed = 1; seed <= 20; seed++) {
    const { disk, thread } = runningDisk(seed)
    const session = disk.session(thread)
    const log = await session.openKeyValue('log', { create: true })
    const put = (key: number) => log.batch([{ type: 'put', key: Uint8Array.of(key), value: Uint8Array.of(key) }])
    await put(1)
    disk.failures = 1
    await expect(put(2)).rejects.toThrow('EIO')
    const outcome = await put(3).then(
      () => 'acknowledged',
      () => 'refused',
    )
    seen.add(outcome)
    session.end()
    const again = await disk.session(thread).openKeyValue('log', { create: false })
    expect(again.get(Uint8Array.of(1)), `seed ${seed}`).toBeDefined()
    if (outcome === 'acknowledged') expect(again.get(Uint8Array.of(3)), `seed ${seed}`).toBeUndefined()
  }
  expect(seen).toEqual(new Set(['acknowledged', 'refused']))
})
