import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { FakeBmcDriver } from '../../../test/support/fake-bmc/fake-bmc-driver.ts'
import { FakeBmc } from '../../../test/support/fake-bmc/fake-bmc.ts'
import {
  CancelDiscoveryRequestSchema,
  RunState,
  StartDiscoveryRequestSchema,
} from '../../gen/trivet/discovery/v1/discovery_pb.ts'
import { trivetError } from '../../lib/errors.ts'
import type { BmcTarget } from '../../redfish/port.ts'
import type { Reader } from '../../state/read.ts'
import { given } from '../../state/testing/given.ts'
import { put, remove } from '../../state/write.ts'
import { bmcFacts, bmcs, interfaces, nodes } from '../inventory/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import { bmc } from '../testing/fixtures.ts'
import type { VirtualLeader } from '../testing/virtual-leader.ts'
import { VirtualCluster } from '../testing/virtual-leader.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { bmcsAtOnceMax, discoveryController } from './controller.ts'
import { cancelDiscovery } from './rules/end-discovery.ts'
import { discoveriesKeptMax, startDiscovery } from './rules/start-discovery.ts'
import { discoveries, discoveryTargets } from './tables.ts'

/** BMCs in memory with two nodes each, and a leader that discovers. */
class Site {
  readonly time: VirtualTime
  readonly cluster: VirtualCluster
  readonly bmcs: readonly FakeBmc[]
  readonly driver = new FakeBmcDriver()
  targetOf: (read: Reader, bmcId: string) => BmcTarget = (read, bmcId) => ({
    address: read.get(bmcs, bmcId)!.value.address,
    tls: 'first_use',
    credential: { username: 'root', password: 'initial0' },
  })

  constructor(count: number) {
    const xnames = Array.from({ length: count }, (_, slot) => `x1000c0s${slot}b0`)
    const state = given(
      allTables,
      xnames.map((xname) => bmc(xname)),
    )
    this.time = new VirtualTime((ms) => state.advance(ms))
    this.cluster = new VirtualCluster(state, this.time)
    this.bmcs = xnames.map((xname, slot) => {
      const samples = [0, 1].map((at) => ({
        id: `Node${at}`,
        mac: `02:00:00:00:${String(slot).padStart(2, '0')}:0${at}`,
        powerState: 'On' as const,
      }))
      return this.driver.add(`${xname}.example`, new FakeBmc({ nodes: samples, clock: this.time }))
    })
  }

  get state() {
    return this.cluster.state
  }

  lead(): VirtualLeader {
    return this.cluster.elect(
      discoveryController({ driver: this.driver, targetOf: (read, bmcId) => this.targetOf(read, bmcId) }),
    )
  }

  start(nodeset = ''): string {
    return this.cluster.submit(startDiscovery, create(StartDiscoveryRequestSchema, { bmcs: nodeset })).name
  }

  async ended(id: string, limitMs = 600_000) {
    const run = () => this.state.get(discoveries, id)!.value
    await this.time.until(() => run().runState > RunState.RUNNING, limitMs, 'the end of the discovery')
    return run()
  }

  target(id: string, slot: number) {
    return this.state.get(discoveryTargets, `${id}/bmc-x1000c0s${slot}b0`)!.value
  }
}

test('a discovery asks every BMC once, keeps what they say, and leaves nobody logged in', async () => {
  const site = new Site(3)
  site.lead()
  expect(await site.ended(site.start())).toMatchObject({ runState: RunState.COMPLETED, errorMessage: '' })
  expect(site.state.size(nodes)).toBe(6)
  expect(site.state.size(interfaces)).toBe(6)
  expect(site.state.rows(bmcFacts).every(({ value }) => value.tlsPin !== '' && value.profile === 'cray-ex')).toBe(true)
  expect(site.bmcs.map(({ sessionsOpen, requests }) => ({ sessionsOpen, requests }))).toEqual([
    { sessionsOpen: 0, requests: 1 },
    { sessionsOpen: 0, requests: 1 },
    { sessionsOpen: 0, requests: 1 },
  ])
})

test('one stuck BMC keeps nobody else waiting, and not so many are asked at once', async () => {
  const site = new Site(bmcsAtOnceMax + 3)
  for (const fake of site.bmcs.slice(0, bmcsAtOnceMax - 1)) fake.hangReads(1)
  site.lead()
  const id = site.start()
  await site.time.pass(5_000)
  const asked = site.bmcs.filter(({ requests }) => requests > 0)
  expect(asked).toHaveLength(bmcsAtOnceMax + 3)
  expect(site.state.size(nodes)).toBe(2 * 4)
  expect(site.state.get(discoveries, id)!.value.runState).toBe(RunState.RUNNING)
  const crowded = new Site(bmcsAtOnceMax + 3)
  for (const fake of crowded.bmcs) fake.hangReads(1)
  crowded.lead()
  crowded.start()
  await crowded.time.pass(60_000)
  expect(crowded.bmcs.filter(({ requests }) => requests > 0)).toHaveLength(bmcsAtOnceMax)
})

test('a BMC that fails fails alone, with cause and remedy; it is asked once', async () => {
  const site = new Site(3)
  site.bmcs[0]!.password = 'another'
  site.bmcs[1]!.gone = true
  site.lead()
  const id = site.start()
  const run = await site.ended(id)
  expect(run.runState).toBe(RunState.FAILED)
  expect(run.errorMessage).toContain('x1000c0s[0-1]b0: BMC x1000c0s0b0.example answered 401')
  expect(site.target(id, 0).lastError).toContain('`trivet credential set`')
  expect(site.target(id, 1).lastError).toContain('cannot be reached')
  expect(site.target(id, 2)).toMatchObject({ runState: RunState.COMPLETED, nodes: 'x1000c0s2b0n[0-1]' })
  expect(site.bmcs[0]!.requests).toBe(1)
})

test('a BMC without a credential fails with the command that sets one, and is not contacted', async () => {
  const site = new Site(1)
  site.targetOf = () => {
    throw trivetError('CREDENTIAL_MISSING', { bmc: 'x1000c0s0b0' })
  }
  site.lead()
  const id = site.start()
  await site.ended(id)
  expect(site.target(id, 0).lastError).toBe(
    "no credential is set for BMC x1000c0s0b0; trivet credential set '*' --username USER",
  )
  expect(site.bmcs[0]!.requests).toBe(0)
})

test('cancelling lets go of a BMC that does not answer, at once', async () => {
  const site = new Site(1)
  site.bmcs[0]!.hangReads(1)
  site.lead()
  const id = site.start()
  await site.time.pass(1_000)
  site.cluster.submit(cancelDiscovery, create(CancelDiscoveryRequestSchema, { discovery: id }))
  await site.time.pass(1_000)
  expect(site.target(id, 0).runState).toBe(RunState.CANCELLED)
  // The next one asks it again.
  expect(await site.ended(site.start())).toMatchObject({ runState: RunState.COMPLETED })
})

test('two discoveries over one BMC ask it one after the other', async () => {
  const site = new Site(1)
  site.lead()
  const [first, second] = [site.start(), site.start()]
  expect(await site.ended(first)).toMatchObject({ runState: RunState.COMPLETED })
  expect(await site.ended(second)).toMatchObject({ runState: RunState.COMPLETED })
  expect(site.bmcs[0]!.requests).toBe(2)
})

test('a BMC that moved while it was asked is asked at its new address', async () => {
  const site = new Site(2)
  site.cluster.atMoment = (moment) => {
    const { value } = site.state.get(bmcs, 'bmc-x1000c0s0b0')!
    if (moment === 'recordDiscovered is not committed' && value.address === 'x1000c0s0b0.example') {
      site.driver.add('10.9.9.9', site.bmcs[0]!)
      site.cluster.submit(() => [put(bmcs, { ...value, address: '10.9.9.9' })], undefined)
    }
    return undefined
  }
  site.lead()
  expect(await site.ended(site.start('x1000c0s0b0'))).toMatchObject({ runState: RunState.COMPLETED })
  expect(site.bmcs[0]!.requests).toBe(2)
})

test('a BMC that was deleted while it waited fails, and so does the run', async () => {
  const site = new Site(1)
  const id = site.start()
  site.cluster.submit((read) => [remove(bmcs, read.get(bmcs, 'bmc-x1000c0s0b0')!)], undefined)
  site.lead()
  expect(await site.ended(id)).toMatchObject({ runState: RunState.FAILED })
  expect(site.target(id, 0).lastError).toContain('there is no BMC x1000c0s0b0')
})

test('a leader that ends at any moment is followed by one that ends the run with the same nodes', async () => {
  const story = async (at: number, end: 'killed' | 'deposed') => {
    const site = new Site(2)
    let passed = 0
    site.cluster.atMoment = () => (passed++ === at ? end : undefined)
    const leader = site.lead()
    const id = site.start()
    await site.time.until(
      () => leader.end !== undefined || site.state.get(discoveries, id)!.value.runState > RunState.RUNNING,
      60_000,
    )
    if (leader.end !== undefined) site.lead()
    const { runState } = await site.ended(id)
    if (leader.end === 'deposed') await leader.ended
    return {
      runState,
      xnames: site.state
        .rows(nodes)
        .map(({ value }) => value.xname)
        .sort(),
      moments: site.cluster.moments,
    }
  }
  const whole = await story(-1, 'killed')
  for (const at of whole.moments.keys()) {
    for (const end of ['killed', 'deposed'] as const) {
      const { runState, xnames } = await story(at, end)
      expect({ runState, xnames }, `${end} at moment ${at}: ${whole.moments[at]}`).toEqual({
        runState: RunState.COMPLETED,
        xnames: whole.xnames,
      })
    }
  }
})

test('what cannot be recorded now is tried again after a pause, not at once', async () => {
  const site = new Site(1)
  let refusals = 0
  site.cluster.atMoment = (moment) => {
    if (moment.startsWith('record') && moment.endsWith('is lost') && refusals++ < 4) {
      throw trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' })
    }
    return undefined
  }
  site.lead()
  const id = site.start()
  expect(await site.ended(id)).toMatchObject({ runState: RunState.COMPLETED })
  expect(site.bmcs[0]!.requests).toBe(3)
  expect(site.time.monotonicMs()).toBeGreaterThanOrEqual(10_000)
  expect(site.cluster.log.map(({ level }) => level)).toEqual(['warn', 'warn'])
})

test('runs are kept to their bound, also those that were cancelled at once', async () => {
  const site = new Site(1)
  site.lead()
  for (let run = 0; run < discoveriesKeptMax + 5; run += 1) {
    const discovery = site.start()
    site.cluster.submit(cancelDiscovery, create(CancelDiscoveryRequestSchema, { discovery }))
    site.state.advance(1)
  }
  await site.time.until(() => site.state.size(discoveries) <= discoveriesKeptMax, 60_000)
  await site.time.pass(60_000)
  expect(site.state.size(discoveries)).toBe(discoveriesKeptMax)
})

test('a round that fails is repeated, while the BMCs are asked on', async () => {
  const site = new Site(2)
  let refusals = 0
  site.cluster.atMoment = (moment) => {
    if (moment === 'finishDiscovery is lost' && refusals++ === 0) {
      throw trivetError('OVERLOADED', { what: 'the queue', limit: 1, unit: 'writes' })
    }
    return undefined
  }
  site.lead()
  expect(await site.ended(site.start())).toMatchObject({ runState: RunState.COMPLETED })
  expect(site.cluster.log).toMatchObject([{ level: 'error', message: expect.stringContaining('is repeated') }])
})
