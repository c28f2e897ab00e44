import { expect, test } from 'vitest'
import { elect, entry, message, settleAlone, solo } from './testing/solo.ts'
import { encodeText } from './testing/text.ts'

const to = '1'

test('a follower acknowledges what it was sent, not what else it has behind it', () => {
  // Entries 3 and 4 are of a leader of term 2 that nobody else may have heard.
  const { core, log } = solo({ terms: [1, 1, 2, 2], commit: 1, applied: 1 })
  core.step(message({ type: 'append', from: '2', to, term: 3, index: 1, logTerm: 1, entries: [entry(2, 1)] }))
  expect(settleAlone(core, log)).toMatchObject([{ type: 'append_response', to: '2', index: 2, reject: false }])
  expect(core.status().lastIndex).toBe(4)
})

test('an old append is answered with the commit index, not with what else the follower has', () => {
  const { core, log } = solo({ terms: [1, 1, 2, 2], commit: 2 })
  core.step(message({ type: 'append', from: '2', to, term: 3, index: 1, logTerm: 1, entries: [entry(2, 1)] }))
  expect(settleAlone(core, log)).toMatchObject([{ type: 'append_response', to: '2', index: 2, reject: false }])
})

test('a read of another peer that reaches a follower is dropped, not sent on', () => {
  const { core, log } = solo()
  core.step(message({ type: 'heartbeat', from: '2', to, term: 2 }))
  settleAlone(core, log)
  core.step(message({ type: 'read_index', from: '3', to, context: 'a' }))
  expect(core.hasReady()).toBe(false)
})

test('the last message of a window that is freed in part lets the rest go out', () => {
  const { core, log } = solo({ config: { maxInflightMessages: 2 } })
  elect(core, log, '2')
  core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 2 }))
  settleAlone(core, log)
  for (const data of ['a', 'b', 'c', 'd']) core.propose([encodeText(data)])
  const sent = settleAlone(core, log).filter((other) => other.to === '2' && other.entries.length > 0)
  expect(sent.map(({ entries }) => entries.map(({ index }) => index))).toEqual([[3], [4]])
  core.step(message({ type: 'append_response', from: '2', to, term: 2, index: 4 }))
  const rest = settleAlone(core, log).filter((other) => other.to === '2' && other.entries.length > 0)
  expect(rest.map(({ entries }) => entries.map(({ index }) => index))).toEqual([[5, 6]])
})
