import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareSchedule, runComparison } from './comparison-run.ts'
import { describeFailure } from './description.ts'
import { buildEtcdNode, EtcdNode, whyNoEtcd } from './etcd-node.ts'
import { knownDifferences } from './known-differences.ts'
import type { MakeCore } from './our-node.ts'
import { createCore } from '../../src/raft/core/core.ts'
import type { Message, Ready } from '../../src/raft/core/types.ts'

/** `RAFT_DIFF_SEED=17` begins elsewhere; `npm run raft:diff` does more, and repeats one. */
const seed = Number(process.env['RAFT_DIFF_SEED'] ?? 1)
const schedules = 500

const reason = whyNoEtcd()
let etcd: EtcdNode

beforeAll(() => {
  if (reason === undefined) etcd = new EtcdNode(buildEtcdNode())
})

afterAll(async () => {
  if (reason === undefined) await etcd.close()
})

test(`in ${schedules} schedules from seed ${seed} on our core does what etcd's RawNode does, and all that schedules are for happens`, async (context) => {
  context.skip(reason !== undefined, reason)
  const report = await runComparison(etcd, { seed, schedules })
  expect(report.failures.map(describeFailure)).toEqual([])
  expect(report.schedules).toBe(schedules)
  expect(report.steps).toBeGreaterThan(50 * schedules)
  const missing = [...report.happenings].filter(([, count]) => count === 0).map(([name]) => name)
  expect(missing).toEqual([])
})

test('a core that names a commit index too low in its heartbeats is found, and a shorter schedule shows the same', async (context) => {
  context.skip(reason !== undefined, reason)
  const makeCore = changed((message) =>
    message.type === 'heartbeat' && message.commit > 0 ? { ...message, commit: message.commit - 1 } : message,
  )
  const { failures } = await runComparison(etcd, { seed: 1, schedules: 20, makeCore })
  const [failure] = failures
  expect(failure).toBeDefined()
  const { seed: failed, difference, shortened } = failure!
  expect(shortened.operations.length).toBeLessThan(difference.step.operation.id)
  expect(describeFailure(failure!)).toContain(`--seed ${failed}`)
  expect(await compareSchedule(etcd, shortened, makeCore)).toBeDefined()
  expect(await compareSchedule(etcd, shortened)).toBeUndefined()
})

test('a request for a vote that is missing is found, although such requests stand elsewhere in etcd', async (context) => {
  context.skip(reason !== undefined, reason)
  const makeCore = changed((message) =>
    message.type === 'storage_append'
      ? { ...message, responses: message.responses.filter(({ type, to }) => type !== 'vote' || to !== '2') }
      : message,
  )
  const { failures } = await runComparison(etcd, { seed: 1, schedules: 20, makeCore })
  expect(failures.length).toBeGreaterThan(0)
})

test('a core that stops is a difference, with the seed', async (context) => {
  context.skip(reason !== undefined, reason)
  const makeCore: MakeCore = (config, log) => {
    const core = createCore(config, log)
    core.campaign = () => {
      throw new Error('no campaigns')
    }
    return core
  }
  const { failures } = await runComparison(etcd, { seed: 1, schedules: 20, makeCore })
  expect(failures[0]?.difference.ours).toContain('stopped: no campaigns')
})

test('the README names each known difference', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  expect(Object.keys(knownDifferences).filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})

/** A core whose messages are changed on their way out. */
function changed(change: (message: Message) => Message): MakeCore {
  return (config, log) => {
    const core = createCore(config, log)
    const ready = core.ready.bind(core)
    core.ready = (): Ready => {
      const taken = ready()
      return { ...taken, messages: taken.messages.map(change) }
    }
    return core
  }
}
