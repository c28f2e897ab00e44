import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, onTestFinished } from 'vitest'
import { filesContract } from '../../../src/raft/store/files.contract.ts'
import { keyValueContract } from '../../../src/raft/store/key-value.contract.ts'
import { keyValueContract as stateKeyValueContract } from '../../../src/state/storage/key-value.contract.ts'
import { Dice } from '../world/dice.ts'
import { Thread } from '../world/thread.ts'
import { Timeline } from '../world/timeline.ts'
import type { DiskSession } from './disk-session.ts'
import { SimDisk } from './sim-disk.ts'

/** A disk whose time runs by itself, as long as a test does. */
function runningDisk(): DiskSession {
  const timeline = new Timeline()
  const end = new AbortController()
  onTestFinished(() => end.abort())
  const run = async () => {
    for (; !end.signal.aborted; await nextTurn()) await timeline.runUntil(timeline.nowUs + 10_000)
  }
  void run()
  const thread = new Thread(timeline, (error) => {
    throw error
  })
  return new SimDisk(timeline, new Dice(1)).session(thread)
}

describe('the simulated disk keeps what its ports promise', () => {
  describe('files beside the log', () => filesContract(async () => runningDisk().files))

  describe('the database of the log', () =>
    keyValueContract(async () => {
      const session = runningDisk()
      return (options) => session.openKeyValue('log', options)
    }))

  stateKeyValueContract('the database of the state', async () => runningDisk().openState('state', { create: true }))
})
