import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { LeaseCell } from './lease-cell.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { leaseMs } from './limits.ts'

function setUp() {
  const cell = new LeaseCell()
  const asked: string[] = []
  let nowMs = 10_000
  const keeper = new LeaseKeeper({
    cell,
    prefix: 'life',
    ask: (context) => asked.push(context),
    nowNs: () => BigInt(nowMs) * 1_000_000n,
  })
  const answer = (context: string | undefined, term: number) =>
    keeper.answered({ context: context ?? '', index: 1, leader: 'me', term })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { cell, asked, keeper, answer, pass }
}

const none = { term: 0, endsAtNs: 0n }
const endingAt = (term: number, ms: number) => ({ term, endsAtNs: BigInt(ms) * 1_000_000n })

test('the lease ends so long after its round began, not after it was answered', () => {
  const { cell, asked, keeper, answer, pass } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  expect(cell.read()).toEqual(none)
  keeper.renew()
  pass(300)
  answer(asked[0], 4)
  expect(cell.read()).toEqual(endingAt(4, 10_000 + leaseMs))
})

test('a later round extends it, an older answer that comes late does not shorten it', () => {
  const { cell, asked, keeper, answer, pass } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  pass(100)
  keeper.renew()
  answer(asked[1], 4)
  answer(asked[0], 4)
  expect(cell.read()).toEqual(endingAt(4, 10_100 + leaseMs))
})

test('when another quorum counts it begins anew: what the one of before answered renews nothing', () => {
  const { cell, asked, keeper, answer } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  keeper.renew()
  answer(asked[0], 4)
  keeper.quorumChanged()
  expect(cell.read()).toEqual(none)
  answer(asked[1], 4)
  expect(cell.read()).toEqual(none)
  keeper.renew()
  answer(asked[2], 4)
  expect(cell.read()).toEqual(endingAt(4, 10_000 + leaseMs))
})

test('there is none while leadership is handed over, whoever answers', () => {
  const { cell, asked, keeper, answer } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  keeper.handsOver(true)
  answer(asked[0], 4)
  keeper.renew()
  expect(asked).toHaveLength(1)
  expect(cell.read()).toEqual(none)
  keeper.handsOver(false)
  keeper.renew()
  answer(asked[1], 4)
  expect(cell.read()).toEqual(endingAt(4, 10_000 + leaseMs))
})

test('it is cleared when the term or the leadership ends, and rounds of before do not bring it back', () => {
  const { cell, asked, keeper, answer } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  keeper.renew()
  answer(asked[0], 4)
  keeper.leads(0)
  expect(cell.read()).toEqual(none)
  keeper.leads(6)
  answer(asked[1], 6)
  expect(cell.read()).toEqual(none)
})

test('an answer of another term does not count', () => {
  const { cell, asked, keeper, answer } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  answer(asked[0], 5)
  expect(cell.read()).toEqual(none)
})

test('it is cleared as soon as the connections to a majority are gone, and no round begun before brings it back', () => {
  const { cell, asked, keeper, answer } = setUp()
  keeper.connected(true)
  keeper.leads(4)
  keeper.renew()
  answer(asked[0], 4)
  keeper.renew()
  keeper.connected(false)
  expect(cell.read()).toEqual(none)
  keeper.renew()
  expect(asked).toHaveLength(2)
  keeper.connected(true)
  answer(asked[1], 4)
  expect(cell.read()).toEqual(none)
  keeper.renew()
  answer(asked[2], 4)
  expect(cell.read().term).toBe(4)
})

test('nobody asks for a lease who does not lead', () => {
  const { asked, keeper } = setUp()
  keeper.connected(true)
  keeper.renew()
  expect(asked).toEqual([])
})

test('term and end that are read belong together, however fast another thread writes', async () => {
  const cell = new LeaseCell()
  const writer = new Worker(
    `const { workerData } = require('node:worker_threads')
     const cells = new BigInt64Array(workerData)
     for (let term = 1n; term < 300_000n; term++) {
       Atomics.add(cells, 0, 1n)
       Atomics.store(cells, 1, term)
       Atomics.store(cells, 2, term * 1000n)
       Atomics.add(cells, 0, 1n)
     }`,
    { eval: true, workerData: cell.buffer },
  )
  const writing = { isRunning: true }
  writer.once('exit', () => (writing.isRunning = false))
  const seen = new Set<number>()
  while (writing.isRunning) {
    for (let read = 0; read < 1000; read++) {
      const { term, endsAtNs } = cell.read()
      expect(endsAtNs).toBe(BigInt(term) * 1000n)
      seen.add(term)
    }
    await new Promise(setImmediate)
  }
  expect(cell.read()).toEqual({ term: 299_999, endsAtNs: 299_999_000n })
  expect(seen.size).toBeGreaterThan(0)
})
