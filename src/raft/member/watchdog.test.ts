import { expect, test } from 'vitest'
import { threadStallTicks, tickMs } from './limits.ts'
import { ManualClock } from './manual-clock.ts'
import { PulseCell } from './pulse-cell.ts'
import { startWatchdog } from './watchdog.ts'

function setUp() {
  const pulse = new PulseCell()
  const clock = new ManualClock()
  const told: string[] = []
  const start = (self: 'main' | 'raft') =>
    startWatchdog({ pulse, self, clock, stalled: (reason) => told.push(`${self}: ${reason}`) })
  const pass = (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      clock.advance(tickMs)
      clock.turn()
    }
  }
  return { pulse, start, pass, told }
}

test('two threads that go on say nothing about each other', () => {
  const { start, pass, told } = setUp()
  start('main')
  start('raft')
  pass(3 * threadStallTicks)
  expect(told).toEqual([])
})

test.each(['main', 'raft'] as const)('a %s thread that hangs is told by the other one after 20 s, once', (hung) => {
  const { start, pass, told } = setUp()
  const stop = start(hung)
  start(hung === 'main' ? 'raft' : 'main')
  pass(10)
  stop()
  pass(threadStallTicks - 2)
  expect(told).toEqual([])
  pass(threadStallTicks * 2)
  expect(told).toEqual([`${hung === 'main' ? 'raft' : 'main'}: the ${hung} thread has not gone on for 20 s`])
})

test('a thread that goes on before the time is over has not hung', () => {
  const { pulse, start, pass, told } = setUp()
  start('main')
  for (let time = 0; time < 4; time++) {
    pass(threadStallTicks - 10)
    pulse.beat('raft')
  }
  expect(told).toEqual([])
})

test('the counters are shared by the buffer alone, and may overflow', () => {
  const { buffer } = new PulseCell()
  new Int32Array(buffer).fill(2 ** 31 - 1)
  const [one, other] = [new PulseCell(buffer), new PulseCell(buffer)]
  const before = other.read('main')
  one.beat('main')
  expect(other.read('main')).not.toBe(before)
  expect(other.read('raft')).toBe(2 ** 31 - 1)
})
