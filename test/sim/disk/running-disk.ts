import { setImmediate as nextTurn } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { Dice } from '../world/dice.ts'
import { Thread } from '../world/thread.ts'
import { Timeline } from '../world/timeline.ts'
import { SimDisk } from './sim-disk.ts'

/** A timeline that runs by itself, as long as a test does, and a thread on it. */
export function runningTime(): { readonly timeline: Timeline; readonly thread: Thread } {
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
  return { timeline, thread }
}

/** A disk of a running timeline. A test that is about chances gives the seed. */
export function runningDisk(seed = 1): { readonly disk: SimDisk; readonly thread: Thread } {
  const { timeline, thread } = runningTime()
  return { disk: new SimDisk(timeline, new Dice(seed), new Dice(seed + 1)), thread }
}
