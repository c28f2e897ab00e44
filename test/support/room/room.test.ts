import { describe, expect, onTestFinished, test } from 'vitest'
import type { LedgerKind } from './ledger.ts'
import type { BootPlan } from './stand-in-peer.ts'
import { wholeSeed } from './stand-in-peer.ts'
import { first, line, nodeOf, second, testSite } from './test-site.ts'
import { TestRedfish } from './test-redfish.ts'

describe('a boot from bare BMC to phone-home', () => {
  test('every stage of two nodes is in the ledger, in order, with digests and who served it', async () => {
    const { room, peers, ilo, cray } = await testSite()
    expect(room.nodes().map((node) => node.state)).toEqual(['off', 'off'])
    expect([await ilo.reset('On'), await cray.reset('On')]).toEqual([200, 202])
    await Promise.all([line(room, 'node_running', first), line(room, 'node_running', second)])
    const stages: LedgerKind[] = [
      'firmware_started',
      'script_fetched',
      'kernel_fetched',
      'initrd_fetched',
      'kernel_started',
      ...(['document_fetched', 'document_fetched', 'document_fetched', 'document_fetched'] as const),
      'phone_home',
      'node_running',
    ]
    for (const node of [first, second]) {
      const kinds = room.ledger.lines({ after: 0 }).flatMap((entry) => (entry.node === node ? [entry.kind] : []))
      expect(kinds.filter((kind) => stages.includes(kind))).toEqual(stages)
      expect(kinds).toContain('reset_done')
    }
    const [image] = room.info.images
    expect(await line(room, 'kernel_fetched', first)).toMatchObject({ sha256: image!.kernel.sha256, known: true })
    expect(await line(room, 'phone_home', first)).toMatchObject({
      tries: 1,
      attempt: 'att-1',
      instanceId: 'i-88e9a4cb0000',
    })
    const script = await line(room, 'script_fetched', second)
    expect(script).toMatchObject({ revision: '12', attempt: 'att-1', server: peers[0]!.address })
    expect(room.scripts.get(String(script['sha256']))).toContain('trivet.seed=')
    expect(room.nodes()).toMatchObject([
      { state: 'running', fetches: 7, failovers: 0, failedFetches: 0, phoneHomeRetries: 0, bootsCompleted: 1 },
      { state: 'running', fetches: 7, failovers: 0, failedFetches: 0, phoneHomeRetries: 0, bootsCompleted: 1 },
    ])
    const hostnames = peers.flatMap((peer) => peer.phoneHomes).map((form) => form.get('hostname'))
    expect(new Set(hostnames)).toEqual(new Set(['n-00', 'n-01']))
  })

  test('a power cycle over Redfish boots the node again, with what it is told then', async () => {
    const { room, plan, cray } = await testSite()
    await cray.reset('On')
    const { seq } = await line(room, 'node_running', second)
    await cray.reset('ForceOff')
    const off = await line(room, 'reset_done', second, seq)
    expect([off['power'], nodeOf(room, second).state]).toEqual(['Off', 'off'])
    const { script } = plan
    plan.script = (mac, peers) => script(mac, peers).replaceAll('att-1', 'att-2')
    await cray.reset('On')
    await line(room, 'node_running', second, off.seq)
    expect(nodeOf(room, second)).toMatchObject({ bootsCompleted: 2, lastScript: { attempt: 'att-2' } })
  })

  test('power that goes off in the middle stops the node at once, without a failed fetch', async () => {
    const { room, peers, cray } = await testSite()
    for (const peer of peers) peer.hangs = true
    await cray.reset('On')
    await line(room, 'firmware_started', second)
    while (peers.every((peer) => peer.requests.length === 0)) await new Promise((resolve) => setImmediate(resolve))
    await cray.reset('ForceOff')
    await line(room, 'reset_done', second, (await line(room, 'reset_done', second)).seq)
    expect(nodeOf(room, second)).toMatchObject({ state: 'off', fetches: 0, failedFetches: 0, failovers: 0 })
  })
})

describe('peers that are lost', () => {
  test('first peer dead: the first hop and the seed list move on, which is failovers and no failed fetch', async () => {
    const { room, peers, ilo } = await testSite()
    await peers[0]!.close()
    await ilo.reset('On')
    await line(room, 'node_running', first)
    expect(await line(room, 'script_fetched', first)).toMatchObject({ server: peers[1]!.address })
    expect(await line(room, 'failover', first)).toMatchObject({
      from: peers[0]!.address,
      to: peers[1]!.address,
      reason: 'refused',
    })
    // The peer that served is asked first from then on: one move for four documents.
    expect(nodeOf(room, first)).toMatchObject({ fetches: 7, failovers: 1, failedFetches: 0 })
  })

  test('a silent peer costs one time-out', async () => {
    const { room, peers, plan, ilo } = await testSite()
    const { document } = plan
    plan.document = (mac, name) => {
      if (name === 'network-config') peers[0]!.hangs = true
      return document(mac, name)
    }
    await ilo.reset('On')
    await line(room, 'node_running', first)
    expect(await line(room, 'failover', first)).toMatchObject({
      reason: 'timed_out',
      artifact: expect.stringContaining('meta-data') as string,
    })
    expect(nodeOf(room, first)).toMatchObject({ fetches: 7, failovers: 1, failedFetches: 0 })
  })

  test('a peer that dies with the first script under way: firmware starts over and gets it from another', async () => {
    const { room, peers, ilo } = await testSite()
    peers[0]!.hangs = true
    await ilo.reset('On')
    while (peers[0]!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await peers[0]!.close()
    await line(room, 'node_running', first)
    expect(await line(room, 'failover', first)).toMatchObject({ artifact: '/boot/ipxe', from: peers[0]!.address })
    expect(await line(room, 'script_fetched', first)).toMatchObject({ server: peers[1]!.address })
    expect(nodeOf(room, first)).toMatchObject({ failedFetches: 0 })
  })

  test('nobody there: firmware starts over until somebody is', async () => {
    const { room, peers, ilo } = await testSite()
    const addresses = peers.map((peer) => peer.address)
    room.forwarder.setTargets([])
    await ilo.reset('On')
    const { seq } = await line(room, 'fetch_failed', first)
    room.forwarder.setTargets(addresses)
    await line(room, 'node_running', first, seq)
    expect(nodeOf(room, first).failedFetches).toBeGreaterThan(0)
  })

  test('phone-home is repeated over the peers until one says 200, and repeats are no failed fetches', async () => {
    let closed = 0
    const { room, peers, ilo } = await testSite({ takesPhoneHome: () => ++closed > 2 })
    await ilo.reset('On')
    await line(room, 'node_running', first)
    expect(await line(room, 'phone_home', first)).toMatchObject({ tries: 3, server: peers[2]!.address })
    expect(nodeOf(room, first)).toMatchObject({ failedFetches: 0, phoneHomeRetries: 2 })
  })
})

describe('what a node does not swallow', () => {
  const failing = async (plan: Partial<BootPlan>, state: string) => {
    const made = await testSite(plan)
    await made.ilo.reset('On')
    while (nodeOf(made.room, first).state !== state) {
      await made.room.ledger.waitFor({ after: made.room.ledger.lastSeq }, 1_000)
    }
    return nodeOf(made.room, first)
  }

  test('an unknown command', async () => {
    const node = await failing({ script: () => '#!ipxe\nwget http://x/\n' }, 'script_error')
    expect(node.reason).toMatch(/line 2: wget: command not found/)
  })

  test("a kernel that is not the file server's", async () => {
    const { room, ilo, plan } = await testSite()
    const { script } = plan
    plan.script = (mac, peers) =>
      script(mac, peers).replace('kernel --timeout', 'kernel --name k --timeout').replace('/vmlinuz', '/initrd.img')
    await ilo.reset('On')
    await line(room, 'fetch_failed', first)
    expect(nodeOf(room, first).failedFetches).toBe(1)
  })

  test('a command line without a seed', async () => {
    const { room, ilo, plan } = await testSite()
    const { script } = plan
    plan.script = (mac, peers) => script(mac, peers).replace(/trivet\.seed=\S+/, '')
    await ilo.reset('On')
    expect(await line(room, 'boot_failed', first)).toMatchObject({ state: 'unconfigured' })
  })

  test('the same initrd twice', async () => {
    const { room, ilo, plan } = await testSite()
    const { script } = plan
    plan.script = (mac, peers) =>
      script(mac, peers).replace(/initrd --timeout (\d+) (\S+)/, 'initrd $2 && initrd -n b $2')
    await ilo.reset('On')
    expect(await line(room, 'image_rejected', first)).toMatchObject({ reason: 'the same initrd twice' })
  })

  test.each([
    ['user-data', { status: 404, text: '' }, /status 404/],
    ['meta-data', { status: 200, text: 'instance-id: i-1\n' }, /no local-hostname/],
    ['meta-data', { status: 200, text: '<html>' }, /meta-data/],
    ['user-data', { status: 200, text: 'hostname: n1\n' }, /starts with no header/],
    ['network-config', { status: 200, text: 'version: 3\n' }, /version 1 or 2/],
  ])('a wrong %s', async (wrong, answer, reason) => {
    const { room, ilo } = await testSite({ document: (mac, name) => (name === wrong ? answer : wholeSeed(mac, name)) })
    await ilo.reset('On')
    expect(await line(room, 'fetch_failed', first)).toMatchObject({ reason: expect.stringMatching(reason) as string })
  })
})

test('a node that nobody knows holds, asks again, and boots once it is known', async () => {
  const { room, plan, peers, ilo } = await testSite()
  const { script } = plan
  plan.script = () =>
    '#!ipxe\nsleep 5\nchain --replace http://${next}/boot/ipxe?mac=${mac} || reboot\n'.replace(
      '${next}',
      peers[1]!.address,
    )
  await ilo.reset('On')
  const { seq } = await line(room, 'script_fetched', first, (await line(room, 'script_fetched', first)).seq)
  plan.script = script
  await line(room, 'node_running', first, seq)
  expect(nodeOf(room, first)).toMatchObject({ failedFetches: 0, bootsCompleted: 1 })
})

test('two nodes behind one BMC and servers told apart by port boot as well', async () => {
  const { room } = await testSite({}, { profile: 'cray', crayNodesPerBmc: 2, addressing: 'ports' })
  const redfish = new TestRedfish(room.info.bmcs[0]!)
  onTestFinished(() => redfish.close())
  await Promise.all([redfish.reset('On', 'Node0'), redfish.reset('On', 'Node1')])
  await Promise.all(['x1000c0s0b0n0', 'x1000c0s0b0n1'].map((node) => line(room, 'node_running', node)))
  expect(room.nodes().map((node) => [node.address, node.failedFetches])).toEqual([
    [null, 0],
    [null, 0],
  ])
})
