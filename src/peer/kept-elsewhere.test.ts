import { expect, test } from 'vitest'
import type { MemberStatus } from '../raft/index.ts'
import { isKeptElsewhere } from './kept-elsewhere.ts'

type Progress = MemberStatus['progress'][number]

const follower = (fields: Partial<Progress> = {}): Progress => ({
  id: 'b',
  match: 10,
  next: 11,
  state: 'replicate',
  learner: false,
  recentActive: true,
  inflight: 0,
  pendingSnapshot: 0,
  ...fields,
})

test.each<[string, boolean, Partial<Progress>]>([
  ['has all of it', true, {}],
  ['lacks the last entry', false, { match: 9 }],
  ['has all of it, but cannot be elected', false, { learner: true }],
  ['had all of it, and was not heard of lately', false, { recentActive: false }],
])('a leader whose follower %s: %s', (_, isKept, fields) => {
  const progress = [follower({ id: 'a' }), follower(fields), follower({ id: 'c', match: 0 })]
  expect(isKeptElsewhere({ id: 'a', leader: 'a', progress }, 10)).toBe(isKept)
})

test('a leader alone has nobody to rely on, and neither has a peer without a leader', () => {
  expect(isKeptElsewhere({ id: 'a', leader: 'a', progress: [follower({ id: 'a' })] }, 10)).toBe(false)
  expect(isKeptElsewhere({ id: 'a', leader: '', progress: [] }, 10)).toBe(false)
})

test('a peer that does not lead relies on the one that does', () => {
  expect(isKeptElsewhere({ id: 'a', leader: 'b', progress: [] }, 10)).toBe(true)
})
