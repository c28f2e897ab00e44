import { expect, test } from 'vitest'
import { readRetryTicks, readsQueuedMax } from './limits.ts'
import type { ReadIndexAnswer } from './port.ts'
import { ReadRounds } from './read-rounds.ts'

function setUp() {
  const asked: string[] = []
  const answers: [string, ReadIndexAnswer][] = []
  let nowMs = 0
  const rounds = new ReadRounds({
    prefix: 'life',
    ask: (context) => asked.push(context),
    nowNs: () => BigInt(nowMs) * 1_000_000n,
  })
  const read = (name: string, timeoutMs = 1000) => rounds.read(timeoutMs, (answer) => answers.push([name, answer]))
  const ticks = (count: number, hasLeader = true) => {
    for (let tick = 0; tick < count; tick++) {
      nowMs += 50
      rounds.tick(hasLeader)
    }
  }
  const answer = (context: string, index = 7) => rounds.answered({ context, index, leader: 'l', term: 3 })
  return { rounds, asked, answers, read, ticks, answer }
}

const ok = (index = 7) => ({ ok: true, index, leader: 'l', term: 3 })

test('one round serves all reads that came before it began, and none that came later', () => {
  const { rounds, asked, answers, read, answer } = setUp()
  read('a')
  read('b')
  rounds.turn(true)
  read('c')
  rounds.turn(true)
  expect(asked).toEqual(['life-1', 'life-2'])
  answer('life-1')
  expect(answers).toEqual([
    ['a', ok()],
    ['b', ok()],
  ])
  answer('life-2', 8)
  expect(answers.at(-1)).toEqual(['c', ok(8)])
})

test('reads wait for a leader', () => {
  const { rounds, asked, read } = setUp()
  read('a')
  rounds.turn(false)
  expect(asked).toEqual([])
  rounds.turn(true)
  expect(asked).toEqual(['life-1'])
})

test('a lost round is asked again under a new context, and either answers it, once', () => {
  const { rounds, asked, answers, read, ticks, answer } = setUp()
  read('a')
  rounds.turn(true)
  ticks(readRetryTicks)
  expect(asked).toEqual(['life-1', 'life-2'])
  answer('life-1')
  answer('life-2')
  expect(answers).toEqual([['a', ok()]])
})

test('a new leader is asked at once', () => {
  const { rounds, asked, read } = setUp()
  read('a')
  rounds.turn(true)
  rounds.leaderChanged(false)
  expect(asked).toHaveLength(1)
  rounds.leaderChanged(true)
  expect(asked).toHaveLength(2)
})

test('a read that has waited for too long is told so, queued or asked, and others of its round go on', () => {
  const { rounds, answers, read, ticks, answer } = setUp()
  read('a', 100)
  read('b', 300)
  rounds.turn(true)
  read('c', 50)
  ticks(1)
  expect(answers).toEqual([['c', { ok: false, reason: 'timeout' }]])
  ticks(1)
  expect(answers.at(-1)).toEqual(['a', { ok: false, reason: 'timeout' }])
  answer('life-1')
  expect(answers.at(-1)).toEqual(['b', ok()])
  expect(answers).toHaveLength(3)
})

test('an answer to a context of nobody is nothing, so an earlier life of the process answers no read', () => {
  const { rounds, answers, read, answer } = setUp()
  read('a')
  rounds.turn(true)
  answer('earlier-1')
  expect(answers).toEqual([])
})

test('only so many rounds are on their way; the reads that come meanwhile share the next one', () => {
  const { rounds, asked, answers, read, answer } = setUp()
  for (let number = 0; number < 10; number++) {
    read(`r${number}`)
    rounds.turn(true)
  }
  expect(asked).toHaveLength(4)
  answer('life-1')
  rounds.turn(true)
  expect(asked).toHaveLength(5)
  answer('life-5')
  expect(answers.map(([name]) => name)).toEqual(['r0', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9'])
})

test('when it stops, every read is told', () => {
  const { rounds, answers, read, answer } = setUp()
  read('a')
  rounds.turn(true)
  read('b')
  rounds.fail('stopped')
  answer('life-1')
  expect(answers).toEqual([
    ['b', { ok: false, reason: 'stopped' }],
    ['a', { ok: false, reason: 'stopped' }],
  ])
})

test('no more reads wait than there is room for, and the next leader answers those', () => {
  const { rounds, answers, read, answer } = setUp()
  for (let at = 0; at < readsQueuedMax; at++) read('early')
  read('late')
  expect(answers).toEqual([['late', { ok: false, reason: 'timeout' }]])
  rounds.turn(true)
  answer('life-1')
  expect(answers.filter(([name, { ok: isOk }]) => name === 'early' && isOk)).toHaveLength(readsQueuedMax)
  read('after')
  rounds.turn(true)
  answer('life-2')
  expect(answers.at(-1)).toEqual(['after', ok()])
})
