import { expect, test } from 'vitest'
import { AskedReads } from './asked-reads.ts'
import { readsPendingMax } from './limits.ts'
import { elect, message, settleAlone, solo } from './testing/solo.ts'

test('a read is answered once, and of two with one context the later one', () => {
  const reads = new AskedReads()
  const first = reads.ask('a')
  const other = reads.ask('b')
  const second = reads.ask('a')
  expect(first).not.toBe(second)
  expect(reads.answer(first)).toBe(undefined)
  expect(reads.answer(second)).toBe('a')
  expect(reads.answer(second)).toBe(undefined)
  expect(reads.answer('a')).toBe(undefined)
  expect(reads.answer(other)).toBe('b')
})

test('names are never used again, and reads that are given up are not answered', () => {
  const reads = new AskedReads()
  const before = reads.ask('a')
  reads.giveUp()
  expect(reads.ask('a')).not.toBe(before)
  expect(reads.answer(before)).toBe(undefined)
})

test('beyond the limit the oldest read is given up', () => {
  const reads = new AskedReads()
  const names = Array.from({ length: readsPendingMax + 1 }, (_, at) => reads.ask(`${at}`))
  expect(reads.answer(names[0]!)).toBe(undefined)
  expect(reads.answer(names[1]!)).toBe('1')
  expect(reads.answer(names.at(-1)!)).toBe(`${readsPendingMax}`)
})

test('an answer to a read whose context is used again is not taken for an answer to the later one', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 2 }))
  settleAlone(core, log)
  core.readIndex('a')
  const [early] = settleAlone(core, log)
  core.readIndex('a')
  const [late] = settleAlone(core, log)
  const answer = (context: string, index: number) =>
    core.step(message({ type: 'read_index_response', from: '2', to: '1', term: 2, context, index }))
  answer(early!.context, 3)
  expect(core.hasReady()).toBe(false)
  answer(late!.context, 7)
  answer(late!.context, 7)
  answer('a', 3)
  expect(core.ready().readStates).toEqual([{ index: 7, context: 'a', leader: '2', term: 2 }])
})

test('an answer that nobody has taken yet is withdrawn when its context is used again', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 2 }))
  settleAlone(core, log)
  core.readIndex('a')
  const context = settleAlone(core, log)[0]!.context
  core.step(message({ type: 'read_index_response', from: '2', to: '1', term: 2, context, index: 1 }))
  core.readIndex('a')
  expect(core.ready().readStates).toEqual([])
})

test('a read that is dropped withdraws the earlier one with its context all the same', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 2 }))
  settleAlone(core, log)
  core.readIndex('a')
  const context = settleAlone(core, log)[0]!.context
  core.forgetLeader()
  core.readIndex('a')
  core.step(message({ type: 'read_index_response', from: '2', to: '1', term: 2, context, index: 1 }))
  expect(core.ready().readStates).toEqual([])
})

test('a leader too answers only the later one of two of its own reads with one context', () => {
  const { core, log } = solo()
  elect(core, log, '2')
  core.step(message({ type: 'append_response', from: '2', to: '1', term: 2, index: 2 }))
  settleAlone(core, log)
  const confirm = () => {
    const round = core.ready().messages.find(({ type }) => type === 'heartbeat')?.context ?? ''
    return () => core.step(message({ type: 'heartbeat_response', from: '2', to: '1', term: 2, context: round }))
  }
  core.readIndex('a')
  const first = confirm()
  core.readIndex('a')
  first()
  const second = confirm()
  expect(core.hasReady()).toBe(false)
  second()
  expect(core.ready().readStates).toMatchObject([{ index: 2, context: 'a' }])
})

test('a new term gives up what was asked in the old one', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 2 }))
  settleAlone(core, log)
  core.readIndex('a')
  const [asked] = settleAlone(core, log)
  core.step(message({ type: 'heartbeat', from: '2', to: '1', term: 4 }))
  settleAlone(core, log)
  core.step(message({ type: 'read_index_response', from: '2', to: '1', term: 4, context: asked!.context, index: 1 }))
  expect(core.hasReady()).toBe(false)
})
