import { afterEach, expect, test } from 'vitest'
import type { MemberCounts, MetricSources } from './metrics.ts'
import { Metrics } from './metrics.ts'

const sources: MetricSources = {
  term: () => 7,
  leading: () => true,
  hasLeader: () => true,
  appliedIndex: () => 100,
  revision: () => 90,
  writesWaiting: () => 3,
  forwardedWaiting: () => 4,
  ready: () => true,
  damaged: () => false,
  member: async () => ({
    electionsWon: 2,
    mainStalls: 1,
    lateTicks: 5,
    firstIndex: 11,
    lastIndex: 110,
    logBytes: 5000,
  }),
  longSnapshotSlices: () => 2,
  storage: () => ({ usedBytes: 5, freeBytes: 6, hasBallast: true, alarm: true }),
}

const made: Metrics[] = []
afterEach(() => {
  for (const metrics of made.splice(0)) metrics.stop()
})

async function scrape(given: Partial<MetricSources> = {}) {
  const metrics = new Metrics({ ...sources, ...given })
  made.push(metrics)
  return { metrics, text: await metrics.registry.metrics() }
}

test('gauges say what holds when they are read', async () => {
  let ready = false
  const { metrics, text } = await scrape({ ready: () => ready })
  expect(text).toContain('trivet_ready 0')
  ready = true
  expect(await metrics.registry.metrics()).toContain('trivet_ready 1')
  for (const line of [
    'trivet_raft_term 7',
    'trivet_raft_leading 1',
    'trivet_raft_has_leader 1',
    'trivet_applied_index 100',
    'trivet_revision 90',
    'trivet_writes_waiting 3',
    'trivet_forwarded_waiting 4',
    'trivet_damaged 0',
    'trivet_snapshot_long_slices_total 2',
    'trivet_log_first_index 11',
    'trivet_log_last_index 110',
    'trivet_log_size_bytes 5000',
    'trivet_storage_used_bytes 5',
    'trivet_storage_free_bytes 6',
    'trivet_storage_alarm 1',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})

test('what the consensus thread counts is read each time; when it has stopped, the last count stays', async () => {
  let counts: MemberCounts | undefined = {
    electionsWon: 2,
    mainStalls: 1,
    lateTicks: 5,
    firstIndex: 1,
    lastIndex: 2,
    logBytes: 3,
  }
  const { metrics, text } = await scrape({ member: async () => counts })
  for (const line of [
    'trivet_raft_elections_won_total 2',
    'trivet_raft_main_stalls_total 1',
    'trivet_raft_late_ticks_total 5',
  ]) {
    expect(text.split('\n')).toContain(line)
  }
  counts = { ...counts, lateTicks: 6 }
  expect(await metrics.registry.metrics()).toContain('trivet_raft_late_ticks_total 6')
  counts = undefined
  expect(await metrics.registry.metrics()).toContain('trivet_raft_late_ticks_total 6')
})

test('every metric of ours has our prefix and a help text, and ends in its unit', async () => {
  const { metrics } = await scrape()
  const own = (await metrics.registry.getMetricsAsJSON()).filter(({ name }) => !/^(process|nodejs)_/.test(name))
  expect(own.length).toBeGreaterThan(10)
  for (const { name, help, type } of own) {
    expect(name).toMatch(/^trivet_[a-z0-9_]+$/)
    expect(help).not.toBe('')
    if (String(type) === 'counter') expect(name).toMatch(/_total$/)
    if (String(type) === 'histogram') expect(name).toMatch(/_seconds$/)
  }
})

test('two peers in one process do not share a number', async () => {
  const [one, other] = [await scrape({ term: () => 1 }), await scrape({ term: () => 2 })]
  expect(one.text).toContain('trivet_raft_term 1')
  expect(other.text).toContain('trivet_raft_term 2')
})
