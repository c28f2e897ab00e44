import { beforeEach, expect, test } from 'vitest'
import { FakeBmcDriver } from '../../../test/support/fake-bmc/fake-bmc-driver.ts'
import { FakeBmc } from '../../../test/support/fake-bmc/fake-bmc.ts'
import { trivetError } from '../../lib/errors.ts'
import { PowerOperation } from '../../gen/trivet/power/v1/power_pb.ts'
import type { BmcDriver, BmcTarget } from '../../redfish/port.ts'
import { genericProfile } from '../../redfish/quirks.ts'
import type { GivenState } from '../../state/testing/given.ts'
import { given } from '../../state/testing/given.ts'
import { put } from '../../state/write.ts'
import { nodes } from '../inventory/tables.ts'
import { allTables } from '../testing/all-tables.ts'
import { bmc, node } from '../testing/fixtures.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { RedfishPower } from './redfish-power.ts'

const signal = new AbortController().signal
const path = (at: number) => `/redfish/v1/Systems/Node${at}`
const nodeIds = ['node-x1000c0s0b0n0', 'node-x1000c0s0b0n1'] as const

let state: GivenState
let fake: FakeBmc
let power: RedfishPower
let target: BmcTarget
/** Connections that were opened. */
let opened: number

beforeEach(() => {
  state = given(
    allTables,
    bmc('x1000c0s0b0', { profile: 'ilo' }),
    node('x1000c0s0b0n0', { path: path(0) }),
    node('x1000c0s0b0n1', { path: path(1) }),
    node('x1000c7s0b0n0'),
  )
  const samples = [0, 1].map((at) => ({ id: `Node${at}`, mac: `02:00:00:00:00:0${at}`, powerState: 'Off' as const }))
  fake = new FakeBmc({ nodes: samples, clock: new VirtualTime() })
  const driver = new FakeBmcDriver()
  driver.add('x1000c0s0b0.example', fake)
  opened = 0
  const counting: BmcDriver = {
    open: (...options) => {
      opened += 1
      return driver.open(...options)
    },
    close: () => driver.close(),
  }
  target = { address: 'x1000c0s0b0.example', tls: 'first_use', credential: { username: 'root', password: 'initial0' } }
  power = new RedfishPower({ driver: counting, targetOf: () => target })
})

const on = (nodeId: string) => power.command(state, { nodeId, operation: PowerOperation.ON }, () => true, signal)

test('nodes behind one BMC share one connection, also when they come at the very same time', async () => {
  const looks = nodeIds.map((nodeId) => power.observe(state, nodeId, signal))
  expect(await Promise.all([...looks, on(nodeIds[0])])).toMatchObject(['off', 'off', { kind: 'accepted' }])
  expect(opened).toBe(1)
  expect(fake.sessionsOpen).toBe(1)
  await power.close()
  expect(fake.sessionsOpen).toBe(0)
})

test('another address, key or credential takes another connection, and the old one is logged out', async () => {
  await power.observe(state, nodeIds[0], signal)
  target = { ...target, tls: { pin: 'AAAA' } }
  await power.observe(state, nodeIds[0], signal)
  await power.observe(state, nodeIds[1], signal)
  expect(opened).toBe(2)
  await power.close()
  expect(fake.sessionsOpen).toBe(0)
})

test('a connection whose credential was refused is given up, so that a mended one is tried', async () => {
  fake.password = 'another'
  await expect(power.observe(state, nodeIds[0], signal)).rejects.toMatchObject({ code: 'BMC_AUTHENTICATION_FAILED' })
  expect(await on(nodeIds[0])).toMatchObject({ kind: 'not_sent', reason: { code: 'BMC_AUTHENTICATION_FAILED' } })
  fake.password = 'initial0'
  expect(await power.observe(state, nodeIds[0], signal)).toBe('off')
  expect(opened).toBe(3)
})

test('a command is sent as the reset type that the BMC allows, and not at all if it allows none', async () => {
  const allow = (resetTypes: string[]) => {
    const { value } = state.get(nodes, nodeIds[0])!
    state.run(() => [put(nodes, { ...value, resetTypes })], undefined)
  }
  allow(['ForceOn', 'ForceOff'])
  await on(nodeIds[0])
  allow([])
  await power.command(state, { nodeId: nodeIds[1], operation: PowerOperation.FORCE_OFF }, () => true, signal)
  expect(fake.resets.map(({ type }) => type)).toEqual(['ForceOn', 'ForceOff'])
  allow(['GracefulShutdown', 'PushPowerButton'])
  const answer = await on(nodeIds[0])
  expect(answer).toMatchObject({ kind: 'not_sent', reason: { code: 'RESET_TYPE_MISSING' } })
  expect(fake.resets).toHaveLength(2)
})

test('a guard that says no keeps the command from leaving', async () => {
  const command = { nodeId: nodeIds[0], operation: PowerOperation.ON }
  expect(await power.command(state, command, () => false, signal)).toEqual({ kind: 'guard_refused' })
  expect(fake.resets).toEqual([])
})

test('a node without a BMC cannot be asked and is sent nothing', async () => {
  await expect(power.observe(state, 'node-x1000c7s0b0n0', signal)).rejects.toMatchObject({ code: 'NODE_NOT_MANAGED' })
  expect(await on('node-nobody')).toMatchObject({ kind: 'not_sent', reason: { code: 'NODE_NOT_MANAGED' } })
  expect(power.profileOf(state, nodeIds[0]).name).toBe('ilo')
  expect(power.profileOf(state, 'node-nobody')).toBe(genericProfile)
  expect(opened).toBe(0)
})

test('a secret that cannot be opened keeps the command from leaving', async () => {
  const sealed = trivetError('SEAL_BROKEN', { table: 'credential', key: 'cred-1', keyId: 'k' })
  const broken = new RedfishPower({
    driver: new FakeBmcDriver(),
    targetOf: () => {
      throw sealed
    },
  })
  const command = { nodeId: nodeIds[0], operation: PowerOperation.ON }
  expect(await broken.command(state, command, () => true, signal)).toEqual({ kind: 'not_sent', reason: sealed })
})
