import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { ReportBootRequestSchema, ReportFetchesRequestSchema } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { nodeBindings, nodeBoots } from '../../boot/tables.ts'
import { allTables } from '../../testing/all-tables.ts'
import { node } from '../../testing/fixtures.ts'
import { reportBoot } from './report-boot.ts'
import { reportFetches } from './report-fetches.ts'

const bind = (nodeId: string, attemptId: string, attempt = 1) =>
  put(nodeBindings, { nodeId, attemptId, attempt, sessionId: 'ses-1', templateId: 'tpl-1', templateRevision: 4 })
const site = [node('x1'), node('x2'), node('x3'), bind('node-x1', 'att-1'), bind('node-x2', 'att-2')]

function story() {
  const state = given(allTables, site)
  const fetched = (...fetches: { nodeId: string; attemptId: string; timeMs?: bigint }[]) =>
    state.run(reportFetches, create(ReportFetchesRequestSchema, { fetches }))
  const reported = (nodeId: string, attemptId: string) =>
    state.run(reportBoot, create(ReportBootRequestSchema, { nodeId, attemptId }))
  const boot = (nodeId: string) => state.get(nodeBoots, nodeId)?.value
  return { state, fetched, reported, boot }
}

describe('a fetch', () => {
  test('counts for the attempt that the node is bound to, and for no other', () => {
    const { fetched, boot } = story()
    fetched(
      { nodeId: 'node-x1', attemptId: 'att-1', timeMs: 5n },
      { nodeId: 'node-x2', attemptId: 'att-1' },
      { nodeId: 'node-x3', attemptId: 'att-1' },
      { nodeId: 'node-gone', attemptId: 'att-1' },
    )
    expect(boot('node-x1')).toMatchObject({ fetchedAttemptId: 'att-1', fetchedMs: 5n, reportedAttemptId: '' })
    expect(boot('node-x2')).toBeUndefined()
    expect(boot('node-x3')).toBeUndefined()
  })

  test('that is told late says nothing about the attempt that came since', () => {
    const { state, fetched, boot } = story()
    state.run(() => [bind('node-x1', 'att-9', 2)], undefined)
    fetched({ nodeId: 'node-x1', attemptId: 'att-1' })
    expect(boot('node-x1')).toBeUndefined()
  })

  test('that is told again is no news, and of several of one node the last one counts', () => {
    const { state, fetched, boot } = story()
    fetched({ nodeId: 'node-x1', attemptId: 'att-0' }, { nodeId: 'node-x1', attemptId: 'att-1', timeMs: 7n })
    const { revision } = state.get(nodeBoots, 'node-x1')!
    fetched({ nodeId: 'node-x1', attemptId: 'att-1', timeMs: 9n })
    expect(state.get(nodeBoots, 'node-x1')!.revision).toBe(revision)
    expect(boot('node-x1')!.fetchedMs).toBe(7n)
  })
})

describe('a report', () => {
  test('says what the node runs now, and keeps what it fetched', () => {
    const { state, fetched, reported, boot } = story()
    fetched({ nodeId: 'node-x1', attemptId: 'att-1' })
    reported('node-x1', 'att-1')
    expect(boot('node-x1')).toMatchObject({
      fetchedAttemptId: 'att-1',
      reportedAttemptId: 'att-1',
      reportedMs: BigInt(state.timeMs),
      sessionId: 'ses-1',
      templateId: 'tpl-1',
      templateRevision: 4,
      attempt: 1,
    })
  })

  test('that comes again is one', () => {
    const { state, reported } = story()
    reported('node-x1', 'att-1')
    const { revision } = state.get(nodeBoots, 'node-x1')!
    expect(reported('node-x1', 'att-1').name).toBe('node-x1')
    expect(state.get(nodeBoots, 'node-x1')!.revision).toBe(revision)
  })

  test('of another attempt, or of nobody, is taken and changes nothing: asking again would not help', () => {
    const { state, reported, boot } = story()
    reported('node-x1', 'att-2')
    reported('node-x3', 'att-1')
    reported('node-gone', 'att-1')
    expect(boot('node-x1')).toBeUndefined()
    expect(state.size(nodeBoots)).toBe(0)
  })
})
