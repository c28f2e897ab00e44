import { expect, test, vi } from 'vitest'
import type { Message } from '../core/types.ts'
import { chainStart, type Chain } from '../store/chain.ts'
import { Rejoin, type RejoinPorts } from './rejoin.ts'

/** A disk with entries of these terms behind those that are cut off; each chain is made of index and term. */
function setUp(terms: number[], cut = 0) {
  const sent: Message[] = []
  const ended = vi.fn<(how: string) => void>()
  const chainAt = (index: number): Chain =>
    Uint8Array.from(chainStart, (_, at) => (at === 0 ? index : at === 1 ? terms[index - cut - 1]! : 0))
  const never = () => {
    throw new Error('nobody asks for it here')
  }
  const store: RejoinPorts['store'] = {
    mutedTerm: 2,
    firstIndex: () => cut + 1,
    lastIndex: () => cut + terms.length,
    term: (index) => (index === cut ? 4 : terms[index - cut - 1]!),
    chainAt,
    unmute: () => Promise.resolve(),
    initialState: never,
    entries: never,
    snapshot: never,
  }
  const rejoin = new Rejoin({
    self: 'b',
    store,
    send: (message) => sent.push(message),
    rejoined: () => ended('rejoined'),
    differs: ended,
  })
  const ticks = (count: number, commit: number, commitTerm: number) => {
    for (let tick = 0; tick < count; tick++) rejoin.tick({ commit, commitTerm, leader: 'a' })
  }
  const answer = (index: number, chain = chainAt(index)) => {
    const context = `chain=${Buffer.from(chain).toString('hex')}`
    rejoin.heard({ ...sent[0]!, type: 'read_index_response', from: 'a', to: 'b', index, context })
  }
  return { terms, sent, ended, ticks, answer, chainAt }
}

test('an entry that an earlier leader left in its place is not compared, only the committed one once it is there', async () => {
  const { terms, sent, ended, ticks, answer } = setUp([1, 1, 3])
  ticks(50, 3, 4)
  expect(sent).toEqual([])
  terms[2] = 4
  ticks(1, 3, 4)
  expect(sent).toMatchObject([{ type: 'read_index', to: 'a', index: 3 }])
  answer(3)
  await vi.waitFor(() => expect(ended.mock.calls).toEqual([['rejoined']]))
})

test('nothing is asked before an entry of a later term than that of the loss is committed', () => {
  const { sent, ticks } = setUp([1, 1, 2])
  ticks(50, 3, 2)
  expect(sent).toEqual([])
})

test('after a snapshot the leader is asked for the entry that it stands for', () => {
  const { sent, ticks } = setUp([], 7)
  ticks(1, 7, 4)
  expect(sent).toMatchObject([{ index: 7 }])
})

test('what was cut off meanwhile is not asked for, and a later entry is', () => {
  const { sent, ticks } = setUp([4], 7)
  ticks(1, 5, 4)
  ticks(1, 8, 4)
  expect(sent).toMatchObject([{ index: 8 }])
})

test('an answer to no question is none, and another chain than the leader’s ends it', () => {
  const { sent, ended, ticks, answer, chainAt } = setUp([1, 1, 4, 4])
  ticks(1, 3, 4)
  answer(4, chainAt(3))
  expect(ended).not.toHaveBeenCalled()
  answer(3, chainAt(4))
  expect(sent).toHaveLength(1)
  expect(ended).toHaveBeenCalledWith(expect.stringContaining('up to entry 3 is not the one of its leader a'))
})
