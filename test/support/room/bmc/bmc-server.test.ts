import { createHash, X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { Room } from '../room.ts'
import { startRoom } from '../room.ts'
import type { RoomOptions } from '../options.ts'
import { TestRedfish } from '../test-redfish.ts'

const open: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

/** A room of BMCs whose nodes have nothing to boot from; transitions take 20 ms unless an option says otherwise. */
async function bmcs(profile: 'ilo' | 'cray', options: Partial<RoomOptions> = {}) {
  const room = await startRoom({
    nodes: 1,
    profile,
    powerDelayMs: { min: 20, max: 20 },
    kernelBytes: 1_024,
    initrdBytes: 1,
    ...options,
  })
  const redfish = room.info.bmcs.map((bmc) => new TestRedfish(bmc))
  open.push(() => room.stop(), ...redfish.map((client) => () => client.close()))
  return { room, redfish, first: redfish[0]!, counters: () => room.bmcs[0]!.counters }
}

const lines = (room: Room, ...kinds: string[]) => room.ledger.lines({ after: 0, kinds: new Set(kinds) })
const done = (room: Room, after = 0) => room.ledger.waitFor({ after, kinds: new Set(['reset_done']) }, 20_000)

describe('what every BMC does', () => {
  test('its certificate is its own and names its address', async () => {
    const { room } = await bmcs('ilo', { nodes: 2 })
    const keys = await Promise.all(
      room.info.bmcs.map(async ({ address }) => {
        const [host, port] = address.split(':')
        const socket = connect({ host: host!, port: Number(port), rejectUnauthorized: false })
        await new Promise((resolve) => socket.once('secureConnect', resolve))
        const certificate = new X509Certificate(socket.getPeerCertificate(true).raw)
        socket.destroy()
        expect(certificate.checkIP(host!)).toBe(host)
        return createHash('sha256')
          .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
          .digest('base64')
      }),
    )
    expect(keys).toEqual(room.info.bmcs.map((bmc) => bmc.spkiSha256))
    expect(keys[0]).not.toBe(keys[1])
  })

  test('the root is open to all, the rest is not, and five wrong passwords lock it', async () => {
    const { room, first } = await bmcs('cray')
    expect((await first.call('/redfish/v1/', { password: null })).status).toBe(200)
    expect((await first.call('/redfish/v1/Systems', { password: null })).status).toBe(401)
    for (let n = 0; n < 5; n++)
      expect((await first.call('/redfish/v1/Systems', { password: 'wrong' })).status).toBe(401)
    expect((await first.call('/redfish/v1/Systems')).status).toBe(401)
    expect(lines(room, 'login_refused')).toHaveLength(6)
    expect(lines(room, 'locked_out')).toHaveLength(1)
  })

  test('a reset that comes while another is under way is an overlap, and neither is lost in the ledger', async () => {
    const { room, first, counters } = await bmcs('cray', { powerDelayMs: { min: 2_000, max: 2_000 } })
    expect(await first.reset('On')).toBe(202)
    expect(await first.reset('ForceOff')).toBe(409)
    await done(room)
    expect(lines(room, 'reset_accepted', 'overlap', 'reset_done')).toMatchObject([
      { seq: 1, kind: 'reset_accepted', resetType: 'On', before: 'Off', bmc: 'x1000c0s0b0', node: 'x1000c0s0b0n0' },
      { kind: 'overlap', resetType: 'ForceOff', underWay: 'On', accepted: 1 },
      { kind: 'reset_done', resetType: 'On', outcome: 'reached', power: 'On', accepted: 1 },
    ])
    expect(counters().resets).toEqual({ accepted: 1, refused: 0, overlaps: 1 })
  })

  test('Off reported late: a reset before the report is an overlap, after it is none', async () => {
    const faults = [{ resetType: 'ForceOff', action: { kind: 'late_report', ms: 2_000 } }] as const
    const { room, first } = await bmcs('cray', { faults })
    await first.reset('On')
    const [on] = await done(room)
    await first.reset('ForceOff')
    await room.ledger.waitFor({ after: on!.seq + 1, kinds: new Set(['power_changed']) }, 20_000)
    expect(await first.power()).toBe('On')
    expect(await first.reset('On')).toBe(409)
    await done(room, on!.seq)
    expect(await first.power()).toBe('Off')
    expect(await first.reset('On')).toBe(202)
    expect(lines(room, 'overlap')).toHaveLength(1)
  })

  test('a BMC that never obeys says yes and stays as it is', async () => {
    const { room, first } = await bmcs('cray', { faults: [{ action: { kind: 'never_obey' } }] })
    expect(await first.reset('On')).toBe(202)
    expect(await done(room)).toMatchObject([{ outcome: 'nothing_happened', power: 'Off' }])
    expect(await first.power()).toBe('Off')
    expect(lines(room, 'power_changed')).toEqual([])
  })

  test('malformed resets are refused and counted', async () => {
    const { room, first } = await bmcs('ilo')
    const path = '/redfish/v1/Systems/1/Actions/ComputerSystem.Reset/'
    for (const body of ['{', {}, { ResetType: 'Off' }]) {
      expect((await first.call(path, { method: 'POST', body })).status).toBe(400)
    }
    expect(lines(room, 'reset_refused').map((line) => line['reason'])).toEqual([
      'malformed_body',
      'property_missing',
      'value_not_allowed',
    ])
  })

  test('requests, connections and the most at once are counted', async () => {
    const { first, counters } = await bmcs('cray', { faults: [{ action: { kind: 'latency', ms: 30 } }] })
    await Promise.all([first.call('/redfish/v1/'), first.call('/redfish/v1/'), first.call('/redfish/v1/')])
    expect(counters()).toMatchObject({ requests: 3, maxInFlight: 3, inFlight: 0, connections: 3, handshakes: 3 })
  })
})

describe('iLO', () => {
  test('a path without its slash is redirected, query and all, and case does not count', async () => {
    const { first } = await bmcs('ilo')
    const redirect = await first.call('/redfish/v1/Systems?$expand=.')
    expect([redirect.status, redirect.headers['location']]).toEqual([308, '/redfish/v1/Systems/?$expand=.'])
    expect((await first.call('/redfish/v1/systems/1/')).body['Id']).toBe('1')
  })

  test('reset types are inline, seven of them, and the vendor is in the root', async () => {
    const { first } = await bmcs('ilo')
    expect((await first.call('/redfish/v1/')).body).toMatchObject({ Vendor: 'HPE' })
    const actions = (await first.call('/redfish/v1/Systems/1/')).body['Actions'] as Record<
      string,
      Record<string, unknown>
    >
    expect(actions['#ComputerSystem.Reset']!['ResetType@Redfish.AllowableValues']).toHaveLength(7)
  })

  test('$expand shows the members of a collection whole, one level, and nothing else', async () => {
    const { first } = await bmcs('ilo')
    const whole = await first.call('/redfish/v1/Systems/1/BootOptions/?$expand=.($levels=1)')
    const members = whole.body['Members'] as Record<string, unknown>[]
    expect(members).toHaveLength(4)
    expect(members.every((member) => typeof member['BootOptionReference'] === 'string')).toBe(true)
    for (const query of ['$expand=*', '$expand=.($levels=2)']) {
      expect((await first.call(`/redfish/v1/Systems/?${query}`)).status).toBe(400)
    }
    expect((await first.call('/redfish/v1/Systems/1/?$expand=.')).status).toBe(400)
  })

  test('a session: absolute Location, a token that works, an end', async () => {
    const { room, first } = await bmcs('ilo')
    const { username, password, address } = room.info.bmcs[0]!
    const login = await first.call('/redfish/v1/SessionService/Sessions/', {
      method: 'POST',
      body: { UserName: username, Password: password },
    })
    expect(login.status).toBe(201)
    const location = new URL(String(login.headers['location']))
    expect(location.host).toBe(address)
    const token = { headers: { 'X-Auth-Token': String(login.headers['x-auth-token']) } }
    expect((await first.call('/redfish/v1/Systems/', token)).status).toBe(200)
    expect(room.bmcs[0]!.sessions).toEqual({ open: 1, opened: 1 })
    expect((await first.call(location.pathname, { method: 'DELETE', ...token })).status).toBe(200)
    expect((await first.call('/redfish/v1/Systems/', token)).status).toBe(401)
    expect(room.bmcs[0]!.sessions.open).toBe(0)
  })

  test('a reset to where it is already is refused', async () => {
    const { room, first } = await bmcs('ilo')
    expect(await first.reset('ForceOff')).toBe(400)
    expect(lines(room, 'reset_refused')).toMatchObject([
      { resetType: 'ForceOff', status: 400, messageId: 'iLO.2.24.InvalidOperationForSystemState' },
    ])
  })

  test('it refuses twice during POST, then works', async () => {
    const { first } = await bmcs('ilo', { faults: [{ times: 2, action: { kind: 'refuse_reset' } }] })
    expect([await first.reset('On'), await first.reset('On'), await first.reset('On')]).toEqual([400, 400, 200])
  })

  test('a boot override is stored, read back, and used up by one start', async () => {
    const { room, first } = await bmcs('ilo')
    const patch = (boot: object, headers = {}) =>
      first.call('/redfish/v1/Systems/1/', { method: 'PATCH', body: { Boot: boot }, headers })
    expect((await patch({ BootSourceOverrideTarget: 'Floppy' })).status).toBe(400)
    expect((await patch({ BootSourceOverrideTarget: 'Hdd' }, { 'If-Match': 'W/"0"' })).status).toBe(412)
    const once = { BootSourceOverrideTarget: 'Hdd', BootSourceOverrideEnabled: 'Once' }
    expect((await patch(once)).status).toBe(200)
    expect((await first.call('/redfish/v1/Systems/1/')).body['Boot']).toMatchObject(once)
    await first.reset('On')
    await done(room)
    expect(room.nodes()[0]).toMatchObject({ state: 'boot_failed' })
    expect((await first.call('/redfish/v1/Systems/1/')).body['Boot']).toMatchObject({
      BootSourceOverrideEnabled: 'Disabled',
    })
  })
})

describe('Cray EX', () => {
  test('no vendor, no $expand, reset types behind an ActionInfo', async () => {
    const { first } = await bmcs('cray')
    const root = (await first.call('/redfish/v1/')).body
    expect([root['Vendor'], root['Product'], root['ProtocolFeaturesSupported']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    const systems = (await first.call('/redfish/v1/Systems?$expand=.')).body['Members'] as object[]
    expect(systems).toEqual([{ '@odata.id': '/redfish/v1/Systems/Node0' }])
    const info = (await first.call('/redfish/v1/Systems/Node0/ResetActionInfo')).body['Parameters'] as object[]
    expect(info).toMatchObject([{ Name: 'ResetType', AllowableValues: ['ForceOff', 'On', 'Off'] }])
    expect((await first.call('/redfish/v1/Systems/Node0', { method: 'PATCH', body: { Boot: {} } })).status).toBe(405)
  })

  test('two systems behind one BMC, told apart by id and not by order, each with its own power', async () => {
    const { room, first } = await bmcs('cray', { nodes: 2, crayNodesPerBmc: 2 })
    expect(room.info.bmcs).toHaveLength(1)
    const orders = new Set<string>()
    for (let n = 0; n < 20; n++) orders.add(JSON.stringify((await first.call('/redfish/v1/Systems')).body['Members']))
    expect(orders.size).toBe(2)
    expect([await first.reset('On', 'Node0'), await first.reset('On', 'Node1')]).toEqual([202, 202])
    await done(room, (await done(room))[0]!.seq)
    expect(lines(room, 'overlap')).toEqual([])
    expect([await first.power('Node0'), await first.power('Node1')]).toEqual(['On', 'On'])
  })

  test('a reset that changes nothing is 204, one that does is 202, and it says PoweringOn meanwhile', async () => {
    const { room, first } = await bmcs('cray', { powerDelayMs: { min: 2_000, max: 2_000 } })
    expect(await first.reset('ForceOff')).toBe(204)
    expect(await first.reset('On')).toBe(202)
    expect(await first.power()).toBe('PoweringOn')
    await done(room, lines(room, 'reset_accepted').at(-1)!.seq)
    expect(await first.power()).toBe('On')
    expect(lines(room, 'reset_done').map((line) => line['outcome'])).toEqual(['already_there', 'reached'])
  })
})

describe('faults on the wire', () => {
  const struck = async (action: object) => {
    const made = await bmcs('cray')
    made.room.faults.add({ times: 1, path: '/redfish/v1/Systems*', action })
    return made
  }

  test('a status with headers and body of its own', async () => {
    const { first } = await struck({
      kind: 'status',
      status: 503,
      messageId: 'Base.1.4.X',
      headers: { 'Retry-After': '2' },
    })
    const answer = await first.call('/redfish/v1/Systems')
    expect([answer.status, answer.headers['retry-after'], JSON.stringify(answer.body)]).toEqual([
      503,
      '2',
      expect.stringContaining('"MessageId":"Base.1.4.X"') as string,
    ])
    expect((await first.call('/redfish/v1/Systems')).status).toBe(200)
  })

  test('a reset connection, before or after the request took effect', async () => {
    const { room, first } = await struck({ kind: 'reset_connection' })
    await expect(first.call('/redfish/v1/Systems')).rejects.toMatchObject({ code: 'ECONNRESET' })
    room.faults.add({ times: 1, resetType: 'On', action: { kind: 'reset_connection', when: 'after' } })
    await expect(first.reset('On')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(lines(room, 'reset_accepted')).toHaveLength(1)
  })

  test('a body cut short', async () => {
    const { first } = await struck({ kind: 'truncate', bytes: 10 })
    await expect(first.call('/redfish/v1/Systems')).rejects.toThrow(/other side closed|terminated/)
  })

  test('no answer at all', async () => {
    const { room, first } = await struck({ kind: 'hang' })
    const never = first.call('/redfish/v1/Systems').catch((error: unknown) => error)
    await room.ledger.waitFor({ after: 0, kinds: new Set(['fault_fired']) }, 5_000)
    expect(await Promise.race([never, first.call('/redfish/v1/').then(() => 'still silent')])).toBe('still silent')
  })

  test('a wrong power state', async () => {
    const { room, first } = await bmcs('cray')
    room.faults.add({ path: '*/Systems/Node0', action: { kind: 'wrong_state', state: null, ms: 60_000 } })
    expect(await first.power()).toBeNull()
  })

  test('credentials that are right are called wrong', async () => {
    const { first } = await struck({ kind: 'unauthorized' })
    expect((await first.call('/redfish/v1/Systems')).status).toBe(401)
  })
})
