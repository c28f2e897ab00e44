import { expect, test } from 'vitest'
import type { Controller, ControllerContext } from '../services/kernel/controller.ts'
import type { Reader } from '../state/read.ts'
import type { WriteRequest } from '../state/write-request.ts'
import { Controllers } from './controllers.ts'

/** Controllers that end when they are told, on pauses that end when they are told. */
function setUp() {
  const runs: { context: ControllerContext; end: (error?: Error) => void; ended: boolean }[] = []
  const pauses: { ms: number; end: () => void }[] = []
  const logged: string[] = []
  const submitted: WriteRequest[] = []
  let lease = 0
  const controller: Controller = {
    name: 'session',
    run: (context) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const run = {
        context,
        ended: false,
        end: (error?: Error) => {
          run.ended = true
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      runs.push(run)
      return promise
    },
  }
  const controllers = new Controllers([controller], {
    self: 'p1',
    reader: () => ({}) as Reader,
    logTimeMs: () => 1_000,
    submit: (request) => {
      submitted.push(request)
      return Promise.resolve({ revision: 1, name: '', replayed: false } as never)
    },
    leaseHolds: (term) => term === lease,
    onChange: () => () => undefined,
    log: (level, message) => logged.push(`${level}: ${message}`),
    pause: (ms, signal) =>
      new Promise((resolve) => {
        pauses.push({ ms, end: resolve })
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve())
      }),
  })
  return { controllers, runs, pauses, logged, submitted, setLease: (term: number) => (lease = term) }
}

const turn = () => new Promise(setImmediate)

test('controllers run while their peer leads, for its term', async () => {
  const { controllers, runs } = setUp()
  controllers.lead(undefined)
  await turn()
  expect(runs).toEqual([])
  controllers.lead(3)
  controllers.lead(3)
  await turn()
  expect(runs.map(({ context }) => context.term)).toEqual([3])
  controllers.lead(undefined)
  expect(runs[0]!.context.signal.aborted).toBe(true)
})

test('those of a new term begin only when those of the old one have ended', async () => {
  const { controllers, runs } = setUp()
  controllers.lead(3)
  await turn()
  controllers.lead(undefined)
  controllers.lead(5)
  await turn()
  expect(runs).toHaveLength(1)
  runs[0]!.end()
  await turn()
  expect(runs.map(({ context }) => context.term)).toEqual([3, 5])
})

test('a term that ended before it could begin never begins', async () => {
  const { controllers, runs } = setUp()
  controllers.lead(3)
  await turn()
  controllers.lead(4)
  controllers.lead(5)
  runs[0]!.end()
  await turn()
  expect(runs.map(({ context }) => context.term)).toEqual([3, 5])
})

test('a controller that met a defect starts again after a pause, and the others do not notice', async () => {
  const { controllers, runs, pauses, logged } = setUp()
  controllers.lead(3)
  await turn()
  runs[0]!.end(new TypeError('a mistake'))
  await turn()
  expect(runs).toHaveLength(1)
  expect(pauses.map(({ ms }) => ms)).toEqual([2_000])
  expect(logged).toContain('error: a controller met a defect and starts again')
  pauses[0]!.end()
  await turn()
  expect(runs).toHaveLength(2)
  expect(runs[1]!.context.signal.aborted).toBe(false)
})

test('one that ends although its term goes on does not spin', async () => {
  const { controllers, runs, pauses } = setUp()
  controllers.lead(3)
  await turn()
  runs[0]!.end()
  await turn()
  expect([runs.length, pauses.length]).toEqual([1, 1])
})

test('what it throws because its term ended is no defect', async () => {
  const { controllers, runs, logged } = setUp()
  controllers.lead(3)
  await turn()
  controllers.lead(undefined)
  runs[0]!.end(new Error('aborted'))
  await turn()
  expect(logged.filter((line) => line.startsWith('error'))).toEqual([])
})

test('stop waits until they have ended, also those of a term that is over already', async () => {
  const { controllers, runs } = setUp()
  controllers.lead(3)
  await turn()
  controllers.lead(undefined)
  let stopped = false
  const stopping = controllers.stop().then(() => (stopped = true))
  await turn()
  expect(stopped).toBe(false)
  runs[0]!.end()
  await stopping
})

test('one that does not end is waited for 5 s at most', async () => {
  const { controllers, pauses, logged } = setUp()
  controllers.lead(3)
  await turn()
  const stopping = controllers.stop()
  expect(pauses.at(-1)!.ms).toBe(5_000)
  pauses.at(-1)!.end()
  await stopping
  expect(logged).toContain('warn: a controller does not end')
})

test('the lease is that of its own term, and ends with it whatever the peer holds', async () => {
  const { controllers, runs, setLease } = setUp()
  controllers.lead(3)
  await turn()
  const { context } = runs[0]!
  expect(context.leaseHolds()).toBe(false)
  setLease(3)
  expect(context.leaseHolds()).toBe(true)
  controllers.lead(undefined)
  expect(context.leaseHolds()).toBe(false)
})

test('what it commits is a write of the controller, with a request id of its own', async () => {
  const { controllers, runs, submitted } = setUp()
  controllers.lead(3)
  await turn()
  const { context } = runs[0]!
  const openIntent = (_read: unknown, _request: object) => []
  await Promise.all([context.commit(openIntent, {}), context.commit(openIntent, {})])
  expect(submitted[0]).toMatchObject({
    principal: 'controller',
    viaPeer: 'p1',
    method: 'controller/session/openIntent',
    retry: false,
  })
  expect(submitted[0]!.requestId).not.toBe(submitted[1]!.requestId)
})
