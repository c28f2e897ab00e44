import { expect, test } from 'vitest'
import { bmcDriverContract, contractNodes } from '../../../src/redfish/bmc-driver.contract.ts'
import type { ResetRequest } from '../../../src/redfish/port.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { FakeBmcDriver } from './fake-bmc-driver.ts'
import { FakeBmc } from './fake-bmc.ts'

const address = '10.1.0.1'
const signal = new AbortController().signal
const systemPath = '/redfish/v1/Systems/Node0'
const off: ResetRequest = { systemPath, target: `${systemPath}/Actions/ComputerSystem.Reset`, type: 'ForceOff' }
const on: ResetRequest = { ...off, type: 'On' }

function fakeBmc(options: { readonly lateMs?: number } = {}) {
  const clock = new VirtualClock()
  const driver = new FakeBmcDriver()
  const bmc = driver.add(address, new FakeBmc({ nodes: contractNodes, clock, onMs: 2_000, offMs: 1_000, ...options }))
  const credential = { username: bmc.username, password: bmc.password }
  const target = { address, tls: 'first_use', credential } as const
  return { clock, driver, bmc, target, connection: driver.open(target) }
}

bmcDriverContract('BMCs in memory', async () => {
  const { clock, driver, bmc, target } = fakeBmc()
  const paths = contractNodes.map((node) => `/redfish/v1/Systems/${node.id}`)
  return {
    driver,
    target,
    resets: (path) => bmc.resets.filter((reset) => reset.systemPath === path).map((reset) => reset.type),
    refuseNextReset: () => {
      for (const path of paths) {
        bmc.script(path, { kind: 'refuse', httpStatus: 409, messageId: 'ResourceInUse', retryable: false })
      }
    },
    loseNextAnswer: () => {
      for (const path of paths) bmc.script(path, { kind: 'lose_answer' })
    },
    hangNextReset: () => {
      for (const path of paths) bmc.script(path, { kind: 'hang' })
    },
    goAway: async () => {
      bmc.gone = true
    },
    sessionsOpen: () => bmc.sessionsOpen,
    settle: () => clock.advance(2_000),
    dispose: async () => undefined,
  }
})

test('a system changes only when time passes', async () => {
  const { clock, bmc, connection } = fakeBmc()
  await connection.reset(off, () => true, signal)
  expect((await connection.powerState(systemPath, signal)).state).toBe('powering_off')
  clock.advance(999)
  expect((await connection.powerState(systemPath, signal)).state).toBe('powering_off')
  clock.advance(1)
  expect(await connection.powerState(systemPath, signal)).toMatchObject({ state: 'off', observedMs: 1_000 })
  expect(bmc.resets).toEqual([{ systemPath, type: 'ForceOff', atMs: 0, taken: true }])
})

test('a second reset before the end of the first is refused and counted', async () => {
  const { clock, bmc, connection } = fakeBmc()
  await connection.reset(off, () => true, signal)
  expect(await connection.reset(on, () => true, signal)).toMatchObject({ kind: 'refused', httpStatus: 409 })
  expect(bmc.overlapping).toBe(1)
  clock.advance(1_000)
  expect(await connection.reset(on, () => true, signal)).toMatchObject({ kind: 'accepted' })
  clock.advance(2_000)
  expect(bmc.truth(systemPath)).toBe('on')
  expect(bmc.overlapping).toBe(1)
})

test('a late BMC shows the old state until its time is over', async () => {
  const { clock, bmc, connection } = fakeBmc({ lateMs: 3_000 })
  await connection.reset(off, () => true, signal)
  clock.advance(3_999)
  expect(bmc.truth(systemPath)).toBe('off')
  expect((await connection.powerState(systemPath, signal)).state).toBe('on')
  clock.advance(1)
  expect((await connection.powerState(systemPath, signal)).state).toBe('off')
})

test('fates come in their order: lost on the way, ignored, refused, then the usual', async () => {
  const { bmc, connection } = fakeBmc()
  bmc.script(systemPath, { kind: 'lose_request' }, { kind: 'ignore' })
  bmc.script(systemPath, { kind: 'refuse', httpStatus: 503, messageId: 'SYS518', retryable: true, afterMs: 3_000 })
  expect(await connection.reset(off, () => true, signal)).toMatchObject({ kind: 'unknown' })
  expect(bmc.resets).toEqual([])
  expect(await connection.reset(off, () => true, signal)).toMatchObject({ kind: 'accepted' })
  expect(bmc.truth(systemPath)).toBe('on')
  expect(await connection.reset(off, () => true, signal)).toMatchObject({
    kind: 'refused',
    retryable: true,
    afterMs: 3_000,
  })
  expect(await connection.reset(off, () => true, signal)).toMatchObject({ kind: 'accepted' })
  expect(bmc.truth(systemPath)).toBe('powering_off')
})

test('a read that hangs ends with its signal', async () => {
  const { bmc, connection } = fakeBmc()
  bmc.hangReads(1)
  const cancel = new AbortController()
  const read = connection.powerState(systemPath, cancel.signal)
  await new Promise(setImmediate)
  cancel.abort()
  await expect(read).rejects.toMatchObject({ code: 'CANCELLED' })
  expect((await connection.powerState(systemPath, signal)).state).toBe('on')
})

test('an address without a BMC is unreachable', async () => {
  const { driver, target } = fakeBmc()
  const elsewhere = driver.open({ ...target, address: '10.1.0.2' })
  await expect(elsewhere.explore({ signal })).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' })
})
