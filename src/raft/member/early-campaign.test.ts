import { expect, test } from 'vitest'
import { EarlyCampaign } from './early-campaign.ts'
import { earlyCampaignMs, earlyCampaignsMax } from './limits.ts'
import { ManualClock } from './manual-clock.ts'

const up = { outgoing: true, incoming: true, refused: false }
const reset = { outgoing: false, incoming: false, refused: false }
const refused = { outgoing: false, incoming: false, refused: true }

function setUp() {
  const clock = new ManualClock()
  const done: string[] = []
  const early = new EarlyCampaign({
    clock,
    random: (below) => below - 1,
    forgetLeader: () => done.push('forget'),
    campaign: () => done.push('campaign'),
  })
  early.linkChanged('l', up)
  early.leaderChanged('l')
  return { clock, done, early }
}

test('a leader whose connections reset and whose host refuses new ones is forgotten at once, and stood against soon', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('l', reset)
  expect(done).toEqual([])
  early.linkChanged('l', refused)
  expect(done).toEqual(['forget'])
  clock.advance(earlyCampaignMs.min - 1)
  expect(done).toEqual(['forget'])
  clock.advance(earlyCampaignMs.max - earlyCampaignMs.min)
  expect(done).toEqual(['forget', 'campaign'])
})

test('without a leader it tries a few times and then leaves it to the time-outs', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('l', refused)
  early.leaderChanged('')
  clock.advance(10_000)
  expect(done).toEqual(['forget', ...Array.from({ length: earlyCampaignsMax }, () => 'campaign')])
})

test('a new leader, or the old one back, ends it', () => {
  for (const end of ['leader', 'back'] as const) {
    const { clock, done, early } = setUp()
    early.linkChanged('l', refused)
    if (end === 'leader') early.leaderChanged('m')
    else early.linkChanged('l', up)
    clock.advance(10_000)
    expect(done).toEqual(['forget'])
  }
})

test('while another peer asks for votes, it waits for how that ends', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('l', refused)
  clock.advance(earlyCampaignMs.max - 5)
  early.heardCandidate()
  clock.advance(earlyCampaignMs.max - 5)
  expect(done).toEqual(['forget'])
  early.leaderChanged('m')
  clock.advance(10_000)
  expect(done).toEqual(['forget'])
})

test('as long as the leader itself connects, it is not gone', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('l', { outgoing: false, incoming: true, refused: true })
  clock.advance(10_000)
  expect(done).toEqual([])
})

test('a silent leader gives no hint: nobody refuses for it', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('l', reset)
  clock.advance(10_000)
  expect(done).toEqual([])
})

test('a leader that was never connected here gives no hint', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('m', refused)
  early.leaderChanged('m')
  clock.advance(10_000)
  expect(done).toEqual([])
})

test('the end of a follower is no reason to campaign', () => {
  const { clock, done, early } = setUp()
  early.linkChanged('m', up)
  early.linkChanged('m', refused)
  clock.advance(10_000)
  expect(done).toEqual([])
})
