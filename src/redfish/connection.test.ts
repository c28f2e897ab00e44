import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '../lib/clock.ts'
import { systemClock } from '../lib/clock.ts'
import { addressPolicy } from './address-policy.ts'
import { contractNodes } from './bmc-driver.contract.ts'
import { redfishDriver } from './driver.ts'
import { limits } from './limits.ts'
import type { BmcConnection, OpenOptions } from './port.ts'
import { profileNamed } from './quirks.ts'
import { sampleTree } from './testing/sample-tree.ts'
import { refusal, TestBmc } from './testing/test-bmc.ts'

const signal = new AbortController().signal
const systemPath = '/redfish/v1/Systems/Node0'
const system = new RegExp(`^${systemPath}$`)
const sessions = /\/SessionService\/Sessions$/
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function testBmc(options: { readonly expand?: boolean } = {}): Promise<TestBmc> {
  const bmc = await TestBmc.start(sampleTree(contractNodes, options))
  cleanups.push(() => bmc.stop())
  return bmc
}

function testDriver(clock: Clock = systemClock) {
  const driver = redfishDriver({ policy: addressPolicy(['127.0.0.0/8']), clock })
  cleanups.push(() => driver.close())
  return driver
}

function open(bmc: TestBmc, options: OpenOptions = {}): BmcConnection {
  return testDriver().open(bmc.target(), options)
}

describe('sessions', () => {
  test('one session and one handshake serve a connection, and the session is deleted at its end', async () => {
    const bmc = await testBmc()
    const connection = open(bmc)
    for (let read = 0; read < 5; read++) await connection.powerState(systemPath, signal)
    await connection.close()
    expect([bmc.handshakes, bmc.sessionsMade, bmc.sessionsDeleted, bmc.tokens.size]).toEqual([1, 1, 1, 0])
  })

  test('an exploration makes one session, at most two handshakes, and never sends the password as Basic', async () => {
    const bmc = await testBmc({ expand: true })
    const connection = open(bmc)
    await connection.explore({ signal })
    await connection.close()
    expect(bmc.handshakes).toBeLessThanOrEqual(2)
    expect([bmc.sessionsMade, bmc.sessionsDeleted]).toEqual([1, 1])
    expect(bmc.requests.every((request) => request.headers.authorization === undefined)).toBe(true)
  })

  test('a session that the BMC has ended is made anew, once, and the request goes on', async () => {
    const bmc = await testBmc()
    const connection = open(bmc)
    await connection.powerState(systemPath, signal)
    bmc.tokens.clear()
    expect((await connection.powerState(systemPath, signal)).state).toBe('on')
    expect(bmc.sessionsMade).toBe(2)
  })

  test('requests that find the session ended together log in together', async () => {
    const bmc = await testBmc()
    const connection = open(bmc)
    await connection.powerState(systemPath, signal)
    bmc.tokens.clear()
    await Promise.all([connection.powerState(systemPath, signal), connection.powerState(systemPath, signal)])
    expect(bmc.sessionsMade).toBe(2)
  })

  test('a resource that stays forbidden costs one more login, not a row of them', async () => {
    const bmc = await testBmc()
    bmc.rules.push((request) => (system.test(request.url) ? refusal(401, 'AccessDenied', 'not for you') : undefined))
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_REQUEST_REFUSED' })
    expect(bmc.count('POST', sessions)).toBe(2)
    expect(bmc.count('GET', system)).toBe(2)
  })

  test('a wrong password is tried twice, then never again on any connection of the driver', async () => {
    const bmc = await testBmc()
    const driver = testDriver()
    const target = bmc.target('first_use', 'wrong')
    const connection = driver.open(target)
    await expect(connection.explore({ signal })).rejects.toMatchObject({
      code: 'BMC_AUTHENTICATION_FAILED',
      message: expect.stringMatching(`BMC ${bmc.address} answered 401 .*stopped after 2 tries`) as string,
      remedy: expect.stringContaining('trivet credential set') as string,
    })
    await expect(connection.powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_AUTHENTICATION_FAILED' })
    await expect(driver.open(target).powerState(systemPath, signal)).rejects.toMatchObject({
      code: 'BMC_AUTHENTICATION_FAILED',
    })
    expect(bmc.count('POST', sessions)).toBe(2)
    expect((await driver.open(bmc.target()).powerState(systemPath, signal)).state).toBe('on')
  })

  test('the same wrong password is tried again only when the hold is over', async () => {
    const bmc = await testBmc()
    let nowMs = 0
    const driver = testDriver({ wallMs: () => 0, monotonicMs: () => nowMs })
    const target = bmc.target('first_use', 'corrected')
    const attempt = () => driver.open(target).powerState(systemPath, signal)
    await expect(attempt()).rejects.toMatchObject({ code: 'BMC_AUTHENTICATION_FAILED' })
    bmc.password = 'corrected'
    nowMs = limits.wrongCredentialHoldMs - 1
    await expect(attempt()).rejects.toMatchObject({ code: 'BMC_AUTHENTICATION_FAILED' })
    expect(bmc.count('POST', sessions)).toBe(2)
    nowMs = limits.wrongCredentialHoldMs
    expect((await attempt()).state).toBe('on')
  })

  test('one login that fails by chance is not the end', async () => {
    const bmc = await testBmc()
    bmc.next('POST', sessions, refusal(403, 'InsufficientPrivilege', 'random, as MegaRAC does'))
    expect((await open(bmc).powerState(systemPath, signal)).state).toBe('on')
  })

  test('a factory password is an error of its own, and nothing is tried twice', async () => {
    const bmc = await testBmc()
    bmc.next('POST', sessions, refusal(403, 'PasswordChangeRequired', 'change it'), 9)
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({ code: 'BMC_PASSWORD_CHANGE_REQUIRED' })
    expect(bmc.count('POST', sessions)).toBe(1)
  })

  test('Basic is used when there is no session service, with two tries as well', async () => {
    const bmc = await testBmc()
    const root = { ...bmc.tree.get('/redfish/v1') }
    delete root['Links']
    bmc.tree.set('/redfish/v1', root)
    bmc.next('POST', sessions, refusal(404, 'ResourceMissingAtURI', 'none'), 99)
    const connection = open(bmc)
    expect((await connection.powerState(systemPath, signal)).state).toBe('on')
    await connection.close()
    expect(bmc.count('DELETE', /./)).toBe(0)
    const wrong = testDriver().open(bmc.target('first_use', 'wrong'))
    const before = bmc.count('GET', system)
    await expect(wrong.powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_AUTHENTICATION_FAILED' })
    expect(bmc.count('GET', system) - before).toBe(2)
  })

  test('sessions are made where the root says', async () => {
    const bmc = await testBmc()
    const root = bmc.tree.get('/redfish/v1')
    bmc.tree.set('/redfish/v1', { ...root, Links: { Sessions: { '@odata.id': '/redfish/v1/Sessions' } } })
    bmc.rules.push((request) => {
      if (request.method !== 'POST') return undefined
      if (sessions.test(request.url)) return { status: 405 }
      if (request.url !== '/redfish/v1/Sessions') return undefined
      bmc.tokens.add('t0')
      return { status: 201, headers: { 'x-auth-token': 't0', location: `${bmc.origin}/redfish/v1/Sessions/9` } }
    })
    const connection = open(bmc)
    expect((await connection.powerState(systemPath, signal)).state).toBe('on')
    await connection.close()
    expect(bmc.log.at(-1)).toBe('DELETE /redfish/v1/Sessions/9')
  })

  test('a connection error never leads to Basic', async () => {
    const bmc = await testBmc()
    bmc.next('POST', sessions, 'break', 99)
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' })
    expect(bmc.requests.every((request) => request.headers.authorization === undefined)).toBe(true)
  })

  test('closing waits for a login that is under way and deletes its session', async () => {
    const bmc = await testBmc()
    const connection = open(bmc)
    let closed: Promise<void> | undefined
    bmc.rules.push((request) => {
      if (sessions.test(request.url)) closed ??= connection.close()
      return undefined
    })
    await expect(connection.powerState(systemPath, signal)).rejects.toMatchObject({ code: 'CANCELLED' })
    await closed
    expect([bmc.sessionsMade, bmc.tokens.size]).toEqual([1, 0])
  })
})

describe('a BMC that misbehaves', () => {
  test('one that says nothing ends at the deadline of the request', async () => {
    const bmc = await testBmc()
    bmc.next('GET', system, 'hang')
    const read = open(bmc, { requestTimeoutMs: 200 }).powerState(systemPath, signal)
    await expect(read).rejects.toMatchObject({
      code: 'BMC_TIMED_OUT',
      message: expect.stringContaining('200 ms') as string,
    })
  })

  test('one that is slow at every step ends at the deadline of the exploration', async () => {
    const bmc = await testBmc()
    bmc.next('GET', /\/Managers/, 'hang', 99)
    const explored = open(bmc, { exploreTimeoutMs: 300 }).explore({ signal })
    await expect(explored).rejects.toMatchObject({
      code: 'BMC_TIMED_OUT',
      message: expect.stringContaining('300 ms') as string,
    })
  })

  test('a connection that breaks is tried once more', async () => {
    const bmc = await testBmc()
    bmc.next('GET', system, 'break')
    expect((await open(bmc).powerState(systemPath, signal)).state).toBe('on')
    bmc.next('GET', system, 'break', 2)
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' })
  })

  test('a 503 with a short Retry-After is waited for, once', async () => {
    const bmc = await testBmc()
    bmc.next('GET', system, {
      ...refusal(503, 'ServiceTemporarilyUnavailable', 'wait'),
      headers: { 'retry-after': '0' },
    })
    expect((await open(bmc).powerState(systemPath, signal)).state).toBe('on')
    expect(bmc.count('GET', system)).toBe(2)
  })

  test('its error is quoted, cleaned', async () => {
    const bmc = await testBmc()
    bmc.next('GET', system, refusal(500, 'InternalError', 'it\u001b[31m broke'))
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({
      code: 'BMC_REQUEST_REFUSED',
      message: `BMC ${bmc.address} answered 500 to GET ${systemPath}: it [31m broke`,
    })
  })

  test.for([
    ['HTML', '<html><body>Please log in</body></html>', 'HTML'],
    ['truncated JSON', '{"RedfishVersion": "1.6.0", "Systems": {"@odata', 'truncated JSON'],
    ['a list', '[1, 2]', 'no object'],
    ['nothing', '', 'empty'],
    ['text', 'OK', 'no JSON'],
    ['JSON of something else', '{"status": "ok"}', 'no Redfish service root'],
    ['a root of wrong types', '{"RedfishVersion": 1, "Systems": [], "Managers": "x"}', 'no Redfish service root'],
  ])('%s at the root is no Redfish', async ([, raw, reason]) => {
    const bmc = await testBmc()
    bmc.next('GET', /^\/redfish\/v1\/$/, { status: 200, raw: raw! })
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({
      code: 'BMC_NOT_REDFISH',
      message: expect.stringContaining(reason!) as string,
    })
    expect(bmc.count('POST', /./)).toBe(0)
  })

  test('a part that cannot be read is a gap, and the rest is explored', async () => {
    const bmc = await testBmc()
    bmc.next('GET', /Node0\/BootOptions$/, { status: 200, raw: '{"Members": [' }, 9)
    bmc.next('GET', /Node1\/EthernetInterfaces$/, refusal(500, 'InternalError', 'no'), 9)
    const found = await open(bmc).explore({ signal })
    expect(found.systems.map((one) => one.bootNic?.reason)).toEqual(['management_ethernet', 'boot_order'])
    expect(found.gaps.map((gap) => gap.path)).toEqual([
      '/redfish/v1/Systems/Node0/BootOptions',
      '/redfish/v1/Systems/Node1/EthernetInterfaces',
    ])
  })

  test('a list of systems that cannot be read is no empty list', async () => {
    const bmc = await testBmc()
    bmc.next('GET', /\/Systems$/, refusal(500, 'InternalError', 'no'), 9)
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({ code: 'BMC_REQUEST_REFUSED' })
  })

  test('a node that cannot be read fails the exploration when the numbers of the others depend on it', async () => {
    const nodes = ['Left', 'Right'].map((id, at) => ({ ...contractNodes[at]!, id }))
    const bmc = await TestBmc.start(sampleTree(nodes))
    cleanups.push(() => bmc.stop())
    bmc.next('GET', /\/Systems\/Left$/, refusal(500, 'InternalError', 'no'), 9)
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({ code: 'BMC_REQUEST_REFUSED' })
  })

  test('confusion under parallel requests leads to one request at a time', async () => {
    const bmc = await testBmc()
    bmc.next('GET', /Node0\/EthernetInterfaces$/, { status: 403, raw: '<?xml version="1.0"?><html></html>' })
    const found = await open(bmc).explore({ signal })
    expect(found.gaps).toEqual([])
    expect(found.systems[0]!.interfaces.length).toBe(2)
  })

  test('$expand that is refused or torn is not asked again, on any connection', async () => {
    for (const reaction of [
      refusal(501, 'QueryNotSupported', 'no'),
      { status: 200, body: { Members: [{ '@odata.id': '/redfish/v1/Managers/BMC' }], 'Members@odata.count': 1 } },
      { status: 200, body: { Members: [], 'Members@odata.count': 1 } },
    ]) {
      const bmc = await testBmc({ expand: true })
      const driver = testDriver()
      bmc.next('GET', /\/Managers\?/, reaction, 99)
      const first = await driver.open(bmc.target()).explore({ signal })
      const second = await driver.open(bmc.target()).explore({ signal })
      expect(first.bmc?.id).toBe('BMC')
      expect(first.systems).toEqual(second.systems)
      expect(bmc.count('GET', /\$expand/)).toBe(1)
    }
  })
})

describe('a hostile BMC', () => {
  test('its body is cut at the cap', async () => {
    const bmc = await testBmc()
    bmc.next('GET', system, { status: 200, raw: `{"x": "${'a'.repeat(limits.bodyBytesMax)}"}` })
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_LIMIT_EXCEEDED' })
  })

  test('it cannot make us read without end', async () => {
    const bmc = await testBmc()
    let page = 0
    bmc.rules.push((request) =>
      /\/Systems(\?|$)/.test(request.url)
        ? { status: 200, body: { Members: [], 'Members@odata.nextLink': `/redfish/v1/Systems?$skip=${++page}` } }
        : undefined,
    )
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({
      code: 'BMC_LIMIT_EXCEEDED',
      message: expect.stringContaining('1000 GETs') as string,
    })
    expect(bmc.count('GET', /./)).toBe(limits.getsMax)
  })

  test('it cannot lead us in circles', async () => {
    const bmc = await testBmc()
    const systems = bmc.tree.get('/redfish/v1/Systems')!
    bmc.tree.set('/redfish/v1/Systems', { ...systems, 'Members@odata.nextLink': '/redfish/v1/Systems' })
    const found = await open(bmc).explore({ signal })
    expect(found.systems.length).toBe(2)
    expect(bmc.count('GET', /\/Systems$/)).toBe(1)
    expect(found.gaps[0]?.reason).toContain('leads back')
  })

  test('it cannot list members without end', async () => {
    const bmc = await testBmc()
    const members = Array.from({ length: limits.membersMax + 1 }, (_, at) => ({
      '@odata.id': `/redfish/v1/Systems/${at}`,
    }))
    bmc.tree.set('/redfish/v1/Systems', { Members: members })
    await expect(open(bmc).explore({ signal })).rejects.toMatchObject({ code: 'BMC_LIMIT_EXCEEDED' })
  })

  test('its links and redirects to other places are not followed', async () => {
    const bmc = await testBmc()
    const other = await testBmc()
    const node = bmc.tree.get(systemPath)!
    bmc.tree.set(systemPath, { ...node, EthernetInterfaces: { '@odata.id': `${other.origin}/redfish/v1/Systems` } })
    bmc.next('GET', /Node1\/BootOptions/, { status: 308, headers: { location: `${other.origin}/redfish/v1/` } }, 9)
    const found = await open(bmc).explore({ signal })
    expect(other.requests).toEqual([])
    expect(found.gaps).toMatchObject([
      { path: systemPath, reason: expect.stringContaining('leads elsewhere') as string },
      { path: '/redfish/v1/Systems/Node1/BootOptions', reason: expect.stringContaining('leads away') as string },
    ])
  })

  test('it cannot have the password sent elsewhere by redirecting the login', async () => {
    const bmc = await testBmc()
    const other = await testBmc()
    bmc.next(
      'POST',
      sessions,
      { status: 308, headers: { location: `${other.origin}/redfish/v1/SessionService/Sessions` } },
      9,
    )
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_REQUEST_REFUSED' })
    expect(other.handshakes).toBe(0)
  })

  test('a redirect within the BMC is followed, and remembered', async () => {
    const bmc = await testBmc()
    bmc.rules.push((request) =>
      system.test(request.url) ? { status: 308, headers: { location: `${bmc.origin}${systemPath}/` } } : undefined,
    )
    const connection = open(bmc)
    await connection.powerState(systemPath, signal)
    await connection.powerState(systemPath, signal)
    expect(bmc.log.filter((line) => line.includes('Node0'))).toEqual([
      `GET ${systemPath}`,
      `GET ${systemPath}/`,
      `GET ${systemPath}/`,
    ])
  })

  test('redirects without end are an error', async () => {
    const bmc = await testBmc()
    let hop = 0
    bmc.rules.push((request) =>
      request.url.startsWith(systemPath) ? { status: 307, headers: { location: `${systemPath}/${++hop}` } } : undefined,
    )
    await expect(open(bmc).powerState(systemPath, signal)).rejects.toMatchObject({ code: 'BMC_LIMIT_EXCEEDED' })
    expect(hop).toBe(limits.redirectsMax + 1)
  })

  test('a path that is none of a BMC is not asked for', async () => {
    const bmc = await testBmc()
    await expect(open(bmc).powerState('/admin', signal)).rejects.toMatchObject({ code: 'BMC_REQUEST_REFUSED' })
    expect(bmc.requests).toEqual([])
  })
})

describe('TLS and networks', () => {
  test('another key than the pinned one ends contact before anything is sent', async () => {
    const bmc = await testBmc()
    const connection = testDriver().open(bmc.target({ pin: 'A'.repeat(43) + '=' }))
    await expect(connection.explore({ signal })).rejects.toMatchObject({
      code: 'BMC_PIN_MISMATCH',
      message: expect.stringContaining(bmc.certificate.spkiSha256) as string,
    })
    expect(bmc.requests).toEqual([])
  })

  test('the key of the first contact is told, and holds as a pin', async () => {
    const bmc = await testBmc()
    const driver = testDriver()
    const first = driver.open(bmc.target('first_use'))
    await first.powerState(systemPath, signal)
    expect(first.spkiSha256).toBe(bmc.certificate.spkiSha256)
    const pinned = driver.open(bmc.target({ pin: first.spkiSha256! }))
    expect((await pinned.powerState(systemPath, signal)).state).toBe('on')
  })

  test('a loopback address is refused by default, by number and by name, and the option is named', async () => {
    const bmc = await testBmc()
    const driver = redfishDriver({ policy: addressPolicy([]) })
    cleanups.push(() => driver.close())
    const port = bmc.address.split(':')[1]
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      const connection = driver.open({ ...bmc.target(), address: `${host}:${port}` })
      await expect(connection.explore({ signal })).rejects.toMatchObject({
        code: 'BMC_ADDRESS_REFUSED',
        remedy: expect.stringContaining('--bmc-networks') as string,
      })
    }
    expect(bmc.handshakes).toBe(0)
  })

  test('a name that nobody knows is unreachable', async () => {
    const connection = testDriver().open({
      address: 'bmc.invalid',
      tls: 'first_use',
      credential: { username: 'root', password: 'x' },
    })
    await expect(connection.explore({ signal })).rejects.toMatchObject({ code: 'BMC_UNREACHABLE' })
  })

  test('profiles decide how many requests run at once', async () => {
    const bmc = await testBmc()
    const connection = open(bmc, { profile: profileNamed('megarac-before-13') })
    await Promise.all([1, 2, 3].map(() => connection.powerState(systemPath, signal)))
    expect(bmc.handshakes).toBe(1)
  })
})
