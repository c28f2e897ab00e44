import diagnostics from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { addressPolicy } from './address-policy.ts'
import { contractNodes } from './bmc-driver.contract.ts'
import { redfishDriver } from './driver.ts'
import type { OpenOptions, ResetRequest } from './port.ts'
import { profileNamed } from './quirks.ts'
import { sampleTree } from './testing/sample-tree.ts'
import { refusal, TestBmc } from './testing/test-bmc.ts'

const signal = new AbortController().signal
const systemPath = '/redfish/v1/Systems/Node0'
const anyReset = /\/Actions\/ComputerSystem\.Reset$/
const off: ResetRequest = { systemPath, target: `${systemPath}/Actions/ComputerSystem.Reset`, type: 'ForceOff' }
const yes = () => true
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function opened(options: OpenOptions = {}) {
  const bmc = await TestBmc.start(sampleTree(contractNodes))
  let here = true
  const stop = async () => {
    if (here) await bmc.stop()
    here = false
  }
  const driver = redfishDriver({ policy: addressPolicy(['127.0.0.0/8']) })
  cleanups.push(stop, () => driver.close())
  return { bmc, stop, connection: driver.open(bmc.target(), options) }
}

test('the system is read right before, then the guard is asked, then the reset leaves', async () => {
  const { bmc, connection } = await opened()
  let seenByGuard: readonly string[] = []
  const guard = () => {
    seenByGuard = bmc.log
    return true
  }
  expect(await connection.reset(off, guard, signal)).toEqual({ kind: 'accepted', httpStatus: 204 })
  expect(seenByGuard.at(-1)).toBe(`GET ${systemPath}`)
  expect(bmc.log.slice(seenByGuard.length)).toEqual([`POST ${off.target}`])
  expect(bmc.requests.at(-1)!.body).toEqual({ ResetType: 'ForceOff' })
})

test('not even a microtask lies between the guard and the write', async () => {
  const { connection } = await opened()
  let laterWork = false
  let laterWorkAtWrite: boolean | undefined
  const onSend = (message: unknown) => {
    const { request } = message as { readonly request: { readonly method: string } }
    if (request.method === 'POST' && laterWorkAtWrite === undefined) laterWorkAtWrite = laterWork
  }
  await connection.powerState(systemPath, signal)
  diagnostics.subscribe('undici:client:sendHeaders', onSend)
  try {
    const guard = () => {
      queueMicrotask(() => {
        laterWork = true
      })
      return true
    }
    await connection.reset(off, guard, signal)
  } finally {
    diagnostics.unsubscribe('undici:client:sendHeaders', onSend)
  }
  expect([laterWorkAtWrite, laterWork]).toEqual([false, true])
})

test('a guard that refuses leaves the connection usable, and the BMC saw only the read', async () => {
  const { bmc, connection } = await opened()
  await connection.powerState(systemPath, signal)
  expect(await connection.reset(off, () => false, signal)).toEqual({ kind: 'guard_refused' })
  expect((await connection.powerState(systemPath, signal)).state).toBe('on')
  expect([bmc.count('POST', anyReset), bmc.handshakes]).toEqual([0, 1])
})

test('when the connection has closed after the read, the guard decides once the next one is open', async () => {
  const { bmc, connection } = await opened()
  await connection.powerState(systemPath, signal)
  const body = bmc.tree.get(systemPath)
  bmc.next('GET', /Node0$/, { status: 200, headers: { connection: 'close' }, body })
  let lease = true
  let leaseAtAnswer = false
  bmc.onConnection = () => {
    leaseAtAnswer = lease
    lease = false
  }
  // A guard asked before the request is handed over would have said yes here.
  expect(await connection.reset(off, () => lease, signal)).toEqual({ kind: 'guard_refused' })
  expect(leaseAtAnswer).toBe(true)
  expect(bmc.count('POST', anyReset)).toBe(0)
})

test('a BMC that goes away after the read was not sent anything', async () => {
  const { bmc, stop, connection } = await opened()
  await connection.powerState(systemPath, signal)
  let asked = 0
  const guard = () => {
    asked++
    return true
  }
  await stop()
  expect(await connection.reset(off, guard, signal)).toMatchObject({
    kind: 'not_sent',
    reason: { code: 'BMC_UNREACHABLE' },
  })
  expect([asked, bmc.count('POST', anyReset)]).toEqual([0, 0])
})

test('a BMC that takes the reset and says nothing leaves an unknown outcome, and gets it once', async () => {
  const { bmc, connection } = await opened({ requestTimeoutMs: 200 })
  bmc.next('POST', anyReset, 'hang', 9)
  expect(await connection.reset(off, yes, signal)).toMatchObject({ kind: 'unknown', reason: { code: 'BMC_TIMED_OUT' } })
  expect(bmc.count('POST', anyReset)).toBe(1)
})

test('a connection that breaks under the reset leaves an unknown outcome, and it is not sent again', async () => {
  const { bmc, connection } = await opened()
  bmc.next('POST', anyReset, 'break', 9)
  expect(await connection.reset(off, yes, signal)).toMatchObject({
    kind: 'unknown',
    reason: { code: 'BMC_UNREACHABLE' },
  })
  expect((await connection.powerState(systemPath, signal)).state).toBe('on')
  expect(bmc.count('POST', anyReset)).toBe(1)
})

test('a success whose body breaks off is a success', async () => {
  const { bmc, connection } = await opened()
  bmc.next('POST', anyReset, 'torn')
  expect(await connection.reset(off, yes, signal)).toEqual({ kind: 'accepted', httpStatus: 200 })
})

test.for([500, 502, 504])('HTTP %i leaves an unknown outcome', async (status) => {
  const { bmc, connection } = await opened()
  bmc.next('POST', anyReset, refusal(status, 'InternalError', 'something broke'))
  expect(await connection.reset(off, yes, signal)).toMatchObject({
    kind: 'unknown',
    reason: { code: 'BMC_REQUEST_REFUSED', message: expect.stringContaining('something broke') as string },
  })
  expect(bmc.count('POST', anyReset)).toBe(1)
})

test('a refusal is judged by the profile, and never repeated here', async () => {
  const { bmc, connection } = await opened({ profile: profileNamed('idrac-17g') })
  bmc.next('POST', anyReset, refusal(409, 'ActionParameterValueConflict', 'too early'))
  expect(await connection.reset(off, yes, signal)).toEqual({
    kind: 'refused',
    httpStatus: 409,
    messageId: 'ActionParameterValueConflict',
    text: 'too early',
    retryable: true,
    afterMs: 10_000,
  })
  expect(bmc.count('POST', anyReset)).toBe(1)
})

test('a reset that meets an ended session is refused and may be tried again; then it logs in', async () => {
  const { bmc, connection } = await opened()
  bmc.next('POST', anyReset, refusal(401, 'NoValidSession', 'ended'))
  expect(await connection.reset(off, yes, signal)).toMatchObject({ kind: 'refused', httpStatus: 401, retryable: true })
  expect(await connection.reset(off, yes, signal)).toMatchObject({ kind: 'accepted' })
  expect(bmc.sessionsMade).toBe(2)
})

test('a redirected reset is a refusal: nothing is sent elsewhere, nor twice', async () => {
  const { bmc, connection } = await opened()
  bmc.next('POST', anyReset, { status: 307, headers: { location: 'https://127.0.0.1:1/redfish/v1/' } })
  expect(await connection.reset(off, yes, signal)).toMatchObject({ kind: 'refused', httpStatus: 307, retryable: false })
  expect(bmc.count('POST', anyReset)).toBe(1)
})

test('a target that is none of a BMC is not sent to', async () => {
  const { bmc, connection } = await opened()
  for (const target of ['/admin', 'https://127.0.0.1:1/redfish/v1/', '/redfish/v1/../admin']) {
    expect(await connection.reset({ ...off, target }, yes, signal)).toMatchObject({ kind: 'not_sent' })
  }
  expect(bmc.requests).toEqual([])
})

test('a BMC that resets used connections gets the command on a fresh one', async () => {
  const { bmc, connection } = await opened({ profile: profileNamed('ilo-before-7') })
  await connection.powerState(systemPath, signal)
  expect(await connection.reset(off, yes, signal)).toMatchObject({ kind: 'accepted' })
  expect(await connection.reset(off, () => false, signal)).toEqual({ kind: 'guard_refused' })
  expect([bmc.count('POST', anyReset), bmc.sessionsMade]).toEqual([1, 1])
  expect(bmc.handshakes).toBeGreaterThan(1)
})

test('a reset that waits behind hung reads and is cancelled was not sent', async () => {
  const { bmc, connection } = await opened()
  await connection.powerState(systemPath, signal)
  bmc.next('GET', /Node0$/, 'hang', 2)
  const readers = new AbortController()
  const reads = [1, 2].map(() => connection.powerState(systemPath, readers.signal).catch(() => 'cancelled'))
  const cancel = new AbortController()
  setTimeout(() => cancel.abort(), 50)
  expect(await connection.reset(off, yes, cancel.signal)).toMatchObject({
    kind: 'not_sent',
    reason: { code: 'CANCELLED' },
  })
  readers.abort()
  await Promise.all(reads)
  expect((await connection.powerState(systemPath, signal)).state).toBe('on')
  expect(bmc.count('POST', anyReset)).toBe(0)
})
