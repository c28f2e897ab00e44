import { expect, test } from 'vitest'
import { closeListenersMs, createDie } from './die.ts'
import { ManualClock } from './manual-clock.ts'

function setUp(closeListeners: () => Promise<void>) {
  const clock = new ManualClock()
  const done: string[] = []
  const die = createDie({
    writeError: async (line) => void done.push(line),
    closeSockets: () => done.push('close sockets'),
    closeListeners: async () => {
      done.push('close listeners')
      return closeListeners()
    },
    kill: () => done.push('kill'),
    after: (delayMs, callback) => {
      clock.after(delayMs, callback)
    },
  })
  return { clock, done, die }
}

const turn = async () => new Promise(setImmediate)

test('sockets close, the reason is written, listeners close, and then the process is killed', async () => {
  const { done, die } = setUp(async () => {})
  die('log_write_failed', 'EIO')
  await turn()
  expect(done).toEqual(['close sockets', expect.stringMatching(/^{.*}\n$/), 'close listeners', 'kill'])
  expect(JSON.parse(done[1]!)).toMatchObject({ level: 'fatal', code: 'log_write_failed', message: 'trivet ends: EIO' })
})

test('listeners that do not close within a second do not keep the process alive', async () => {
  const { clock, done, die } = setUp(async () => new Promise(() => {}))
  die('log_write_stalled', 'slow')
  await turn()
  clock.advance(closeListenersMs - 1)
  expect(done).not.toContain('kill')
  clock.advance(1)
  expect(done).toContain('kill')
})

test('a reason that cannot be written, because its disk hangs, does not keep the process alive either', async () => {
  const clock = new ManualClock()
  const done: string[] = []
  const die = createDie({
    writeError: async () => new Promise(() => {}),
    closeSockets: () => {},
    closeListeners: async () => {},
    kill: () => done.push('kill'),
    after: (delayMs, callback) => {
      clock.after(delayMs, callback)
    },
  })
  die('thread_stalled', 'main')
  await turn()
  expect(done).toEqual([])
  clock.advance(closeListenersMs)
  expect(done).toEqual(['kill'])
})

test('whatever fails on the way, the process is killed', async () => {
  const done: string[] = []
  const fail = () => {
    throw new Error('EBADF')
  }
  const die = createDie({
    writeError: fail,
    closeSockets: fail,
    closeListeners: async () => Promise.reject(new Error('no main')),
    kill: () => done.push('kill'),
    after: () => {},
  })
  die('defect', 'x')
  await turn()
  expect(done).toEqual(['kill'])
})

test('one dies once', async () => {
  const { done, die } = setUp(async () => {})
  die('defect', 'first')
  die('defect', 'second')
  await turn()
  expect(done.filter((step) => step === 'kill')).toHaveLength(1)
})
