import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../test/support/virtual-clock.ts'
import { runUntilSignalled } from './signals.ts'

function setUp() {
  const signals = new EventEmitter()
  const clock = new VirtualClock()
  const done: string[] = []
  const started = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  const run = runUntilSignalled(
    async () => {
      await started.promise
      done.push('started')
      return {
        stop: () => {
          done.push('stop')
          return stopped.promise
        },
      }
    },
    {
      on: (signal, listener) => signals.on(signal, listener),
      off: (signal, listener) => signals.off(signal, listener),
      monotonicMs: () => clock.monotonicMs(),
      kill: () => done.push('kill'),
    },
  )
  return { signals, clock, done, started, stopped, run }
}

const turn = () => new Promise(setImmediate)

test.for(['SIGTERM', 'SIGINT'])('%s stops what runs, and the end is its end', async (signal) => {
  const { signals, done, started, stopped, run } = setUp()
  started.resolve()
  await turn()
  signals.emit(signal)
  await turn()
  expect(done).toEqual(['started', 'stop'])
  stopped.resolve()
  await run
  expect(signals.eventNames()).toEqual([])
})

test('a signal while it starts stops it as soon as it has started', async () => {
  const { signals, done, started, stopped, run } = setUp()
  signals.emit('SIGTERM')
  await turn()
  expect(done).toEqual([])
  started.resolve()
  stopped.resolve()
  await run
  expect(done).toEqual(['started', 'stop'])
})

test('the echo of a key press is no second signal', async () => {
  const { signals, clock, done, started, stopped, run } = setUp()
  started.resolve()
  await turn()
  signals.emit('SIGINT')
  clock.advance(500)
  signals.emit('SIGINT')
  expect(done).not.toContain('kill')
  stopped.resolve()
  await run
})

test('a second signal ends the process at once, whatever hangs', async () => {
  const { signals, clock, done, started } = setUp()
  started.resolve()
  await turn()
  signals.emit('SIGTERM')
  await turn()
  clock.advance(501)
  signals.emit('SIGTERM')
  expect(done).toEqual(['started', 'stop', 'kill'])
})

test('what does not start, or does not stop in good order, is told, and nothing listens any more', async () => {
  const one = setUp()
  one.started.reject(new Error('the port is taken'))
  await expect(one.run).rejects.toThrow('the port is taken')
  expect(one.signals.eventNames()).toEqual([])

  const other = setUp()
  other.started.resolve()
  other.signals.emit('SIGTERM')
  other.stopped.reject(new Error('a listener hangs'))
  await expect(other.run).rejects.toThrow('a listener hangs')
  expect(other.signals.eventNames()).toEqual([])
})
