import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import {
  CancelDiscoveryRequestSchema,
  RunState,
  StartDiscoveryRequestSchema,
} from '../../../gen/trivet/discovery/v1/discovery_pb.ts'
import type { GivenState } from '../../../state/testing/given.ts'
import { given } from '../../../state/testing/given.ts'
import { put } from '../../../state/write.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc } from '../../testing/fixtures.ts'
import { asked, refusalOf } from '../../testing/request.ts'
import { discoveryAnswer, targetAnswers } from '../answers/discovery.ts'
import { discoveries, discoveryTargets } from '../tables.ts'
import { cancelDiscovery, finishDiscovery, tidyDiscoveries } from './end-discovery.ts'
import { discoveriesKeptMax, discoveryTargetsMax, openDiscoveriesMax, startDiscovery } from './start-discovery.ts'

const starting = (state: GivenState) => asked(state, StartDiscoveryRequestSchema, startDiscovery)
const cancelling = (state: GivenState) => asked(state, CancelDiscoveryRequestSchema, cancelDiscovery)
const site = ['x1000c0s0b0', 'x1000c0s10b0', 'x1000c0s2b0'].map((xname) => bmc(xname))

/** Ends a target of a run. */
function end(state: GivenState, discoveryId: string, bmcId: string, runState: RunState, lastError = '') {
  const { value } = state.get(discoveryTargets, `${discoveryId}/${bmcId}`)!
  state.run(() => [put(discoveryTargets, { ...value, runState, lastError })], undefined)
}

describe('starting a discovery', () => {
  test('without a nodeset asks every BMC, with one those that it names', () => {
    const state = given(allTables, site).as({ principal: 'ann' })
    starting(state).run({})
    expect(state.only(discoveries).value).toMatchObject({
      runState: RunState.RUNNING,
      bmcs: 'x1000c0s[0,2,10]b0',
      total: 3,
      principal: 'ann',
    })
    const { name } = starting(state).run({ bmcs: 'x1000c0s2b0' })
    expect(targetAnswers(state, name)).toMatchObject([{ xname: 'x1000c0s2b0', runState: RunState.PENDING }])
  })

  test.each([
    ['NOTHING_TO_DISCOVER', {}, []],
    ['BMC_NOT_FOUND', { bmcs: 'x1000c0s[0-1]b0' }, site],
    ['NODESET_INVALID', { bmcs: '@compute' }, site],
  ])('is refused with %s', (code, request, fixtures) => {
    const state = given(allTables, fixtures)
    expect(starting(state).refusal(request).code).toBe(code)
    expect(state.size(discoveries)).toBe(0)
  })

  test('of more BMCs than one transaction holds, or beside too many open ones, is refused', () => {
    const many = Array.from({ length: discoveryTargetsMax + 1 }, (_, at) => bmc(`x${1_000 + at}c0s0b0`))
    expect(starting(given(allTables, many)).refusal({}).code).toBe('TRANSACTION_TOO_LARGE')
    const open = Array.from({ length: openDiscoveriesMax }, (_, at) =>
      put(discoveries, { id: `disc-${at}`, runState: RunState.RUNNING }),
    )
    expect(starting(given(allTables, site, open)).refusal({}).code).toBe('OVERLOADED')
  })
})

describe('a discovery', () => {
  test('ends when all its BMCs have, and says which failed and why', () => {
    const state = given(allTables, site)
    const { name } = starting(state).run({})
    end(state, name, 'bmc-x1000c0s0b0', RunState.COMPLETED)
    state.run(finishDiscovery, { discoveryId: name })
    expect(state.only(discoveries).value.runState).toBe(RunState.RUNNING)
    end(state, name, 'bmc-x1000c0s2b0', RunState.FAILED, '401')
    end(state, name, 'bmc-x1000c0s10b0', RunState.FAILED, 'gone')
    state.run(finishDiscovery, { discoveryId: name })
    const stored = state.only(discoveries)
    expect(discoveryAnswer(state, stored)).toMatchObject({
      runState: RunState.FAILED,
      total: 3,
      succeeded: 1,
      failed: 2,
    })
    expect(stored.value.errorMessage).toMatch(/^x1000c0s\[2,10\]b0: .* \(the others stand in discovery get\)$/)
    expect(stored.value.completedMs).toBeGreaterThan(0n)
  })

  test('whose BMCs all answered is completed', () => {
    const state = given(allTables, site)
    const { name } = starting(state).run({ bmcs: 'x1000c0s0b0' })
    end(state, name, 'bmc-x1000c0s0b0', RunState.COMPLETED)
    state.run(finishDiscovery, { discoveryId: name })
    expect(state.only(discoveries).value).toMatchObject({ runState: RunState.COMPLETED, errorMessage: '' })
  })

  test('that is cancelled keeps what is known, and stays cancelled', () => {
    const state = given(allTables, site)
    const { name } = starting(state).run({})
    end(state, name, 'bmc-x1000c0s0b0', RunState.COMPLETED)
    cancelling(state).run({ discovery: name })
    expect(targetAnswers(state, name).map(({ runState }) => runState)).toEqual([
      RunState.COMPLETED,
      RunState.CANCELLED,
      RunState.CANCELLED,
    ])
    const { revision } = state.only(discoveries)
    cancelling(state).run({ discovery: name })
    state.run(finishDiscovery, { discoveryId: name })
    expect(state.only(discoveries)).toMatchObject({ revision, value: { runState: RunState.CANCELLED } })
    expect(cancelling(state).refusal({ discovery: 'disc-9' }).code).toBe('DISCOVERY_NOT_FOUND')
    expect(refusalOf(() => state.run(cancelDiscovery, create(CancelDiscoveryRequestSchema))).code).toBe(
      'DISCOVERY_NOT_FOUND',
    )
  })
})

test('the oldest runs are forgotten with their targets, however they ended, and open ones never', () => {
  const kept = Array.from({ length: discoveriesKeptMax }, (_, at) =>
    put(discoveries, { id: `disc-k${at}`, runState: RunState.CANCELLED }),
  )
  const full = given(allTables, put(discoveries, { id: 'disc-0', runState: RunState.RUNNING }), kept.slice(1))
  expect(full.evaluate(tidyDiscoveries, {})).toEqual([])
  const oldest = put(discoveries, { id: 'disc-a', runState: RunState.CANCELLED, createdMs: 9_000_000_000_000n })
  const targets = Array.from({ length: discoveryTargetsMax }, (_, at) =>
    put(discoveryTargets, { discoveryId: 'disc-a', bmcId: `bmc-${at}`, runState: RunState.CANCELLED }),
  )
  const state = given(allTables, put(discoveries, { id: 'disc-0', runState: RunState.RUNNING }), oldest, kept, targets)
  state.run(tidyDiscoveries, {})
  expect(state.get(discoveries, 'disc-a')).toBeUndefined()
  expect(state.size(discoveryTargets)).toBe(0)
  expect(state.get(discoveries, 'disc-0')).toBeDefined()
})
