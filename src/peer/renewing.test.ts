import { expect, test } from 'vitest'
import type { Outdated } from './renewing.ts'
import { Renewing } from './renewing.ts'

function setUp() {
  const made: {
    stops: number
    outdate: (why?: Outdated) => void
    outdated: Promise<Outdated>
    stop: () => Promise<void>
  }[] = []
  const failures: unknown[] = []
  let isBroken = false
  const make = async () => {
    if (isBroken) throw new Error('it does not start')
    const { promise: outdated, resolve } = Promise.withResolvers<Outdated>()
    const outdate = (why: Outdated = 'wrong') => resolve(why)
    const one = { stops: 0, outdate, outdated, stop: async () => void one.stops++ }
    made.push(one)
    return one
  }
  return { made, failures, make, failed: (error: unknown) => failures.push(error), breakIt: () => (isBroken = true) }
}

const turns = () => new Promise(setImmediate)

test('what is outdated is stopped and made anew, once in a life of the process', async () => {
  const { made, failures, make, failed } = setUp()
  const renewing = await Renewing.start(make, failed)
  made[0]!.outdate()
  await turns()
  expect(made.map(({ stops }) => stops)).toEqual([1, 0])
  expect(renewing.current).toBe(made[1])
  made[1]!.outdate()
  await turns()
  expect(made).toHaveLength(2)
  await renewing.stop()
  expect(made.map(({ stops }) => stops)).toEqual([1, 1])
  expect(failures).toEqual([])
})

test('what is only behind is made anew each time that it is', async () => {
  const { made, make, failed } = setUp()
  await Renewing.start(make, failed)
  for (let round = 0; round < 4; round++) {
    made.at(-1)!.outdate('behind')
    await turns()
  }
  expect(made).toHaveLength(5)
})

test('what is stopped is not made anew', async () => {
  const { made, make, failed } = setUp()
  const renewing = await Renewing.start(make, failed)
  const stopped = renewing.stop()
  made[0]!.outdate()
  await stopped
  await turns()
  expect(made.map(({ stops }) => stops)).toEqual([1])
})

test('what cannot be made anew is told', async () => {
  const { made, failures, make, failed, breakIt } = setUp()
  await Renewing.start(make, failed)
  breakIt()
  made[0]!.outdate()
  await turns()
  expect(failures).toEqual([new Error('it does not start')])
})
