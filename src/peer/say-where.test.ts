import { expect, test } from 'vitest'
import { sayWhere } from './say-where.ts'

function setUp(outcomes: (Error | undefined)[]) {
  const stop = new AbortController()
  const failures: unknown[] = []
  const pauses: number[] = []
  let said = 0
  const run = () =>
    sayWhere({
      say: () => {
        said += 1
        const failure = outcomes.shift()
        return failure === undefined ? Promise.resolve() : Promise.reject(failure)
      },
      failed: (error) => failures.push(error),
      pause: (ms) => {
        pauses.push(ms)
        return Promise.resolve()
      },
      signal: stop.signal,
    })
  return { run, stop, failures, pauses, said: () => said }
}

test('it is said once when it is heard', async () => {
  const { run, said, failures } = setUp([])
  await run()
  expect([said(), failures]).toEqual([1, []])
})

test('without a leader it is said again until one hears it', async () => {
  const noLeader = new Error('no leader')
  const { run, said, failures, pauses } = setUp([noLeader, noLeader])
  await run()
  expect([said(), failures, pauses]).toEqual([3, [noLeader, noLeader], [500, 500]])
})

test('a peer that stops or is damaged says nothing any more, and makes no noise about it', async () => {
  const { run, stop, said, failures } = setUp([new Error('stopped')])
  const running = run()
  stop.abort()
  await running
  expect([said(), failures]).toEqual([1, []])
  await run()
  expect(said()).toBe(1)
})
