import { randomBytes } from 'node:crypto'
import { stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../../src/gen/trivet/operator/v1/operator_pb.ts'
import { PeerProcess } from '../support/processes/peer-process.ts'
import { writeAheadLog } from '../support/processes/refused-start.ts'
import type { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { useSite } from '../support/processes/use-site.ts'

const useQuorum = useSite({ purpose: 'quorum', peers: ['a', 'b', 'c'], start: false })

/** What a peer answers to a machine that it does not know; undefined while it does not listen for nodes. */
async function waitingScript(peer: PeerProcess): Promise<{ stale: boolean; text: string } | undefined> {
  try {
    const response = await fetch(`http://${peer.addresses.node}/boot/ipxe?mac=02-00-00-00-00-01`)
    return { stale: response.headers.get('trivet-stale') !== null, text: await response.text() }
  } catch {
    return undefined
  }
}

// The slow one: the 15 s are real here; `boot-gate.test.ts` has them on virtual time.
test('peers start in any order, with gaps: the first one waits, says what is missing, and serves nodes after 15 s', async () => {
  const site = useQuorum()
  const [a, b, c] = [site.peer('a'), site.peer('b'), site.peer('c')]
  const startedMs = performance.now()
  await c.start()
  expect((await fetch(`http://${c.addresses.admin}/livez`)).status).toBe(200)
  const { status, text } = await c.readyz()
  expect(status).toBe(503)
  expect(text).toMatch(/\[-\]leader failed: no leader is known; .*\ba, b\b/)
  expect(await waitingScript(c)).toBeUndefined()

  const inventory = site.clientOf(c, InventoryService)
  const calls = [() => inventory.listGroups({}), () => inventory.createGroup({ name: 'early' })]
  for (const call of calls) {
    const message = expect.stringMatching(/not ready: no leader is known; the other peers are a, b/) as string
    await expect(call()).rejects.toMatchObject({ code: 'NOT_READY', message })
  }
  const typed = await site.cli([c]).run('group', 'create', 'early', '--timeout', '2s')
  expect(typed.exitCode).toBe(5)
  expect(typed.stderr).toContain('no leader is known; the other peers are a, b')

  const { peers } = await site.clientOf(c, OperatorService).listPeers({})
  expect(peers.filter(({ connected }) => connected).map(({ name }) => name)).toEqual(['c'])
  expect(peers.find(({ name }) => name === 'a')?.lastError).toBe('nothing listens there')

  const script = await until('the listener for nodes is open', () => waitingScript(c), { timeoutMs: 30_000 })
  const waitedMs = performance.now() - startedMs
  expect(waitedMs).toBeGreaterThan(15_000)
  expect(waitedMs).toBeLessThan(25_000)
  expect(script.stale).toBe(true)
  expect(script.text).toMatch(/^#!ipxe\n/)
  expect((await c.readyz()).status).toBe(503)

  await a.start()
  await Promise.all([a.ready(20_000), c.ready(20_000)])
  await site.client(InventoryService).createGroup({ name: 'two-of-three' })
  await b.start()
  await b.ready(20_000)
  await site.agreed()
  expect((await site.clientOf(b, InventoryService).getGroup({ group: 'two-of-three' })).group?.name).toBe(
    'two-of-three',
  )
})

test('what another peer has durably is shown by the leader, and by nobody who cannot know it', async () => {
  const site = useQuorum()
  await everybody(site)
  const leader = await site.leader()
  for (const peer of site.peers) {
    const shown = async () => {
      const lines = (await site.cli([peer]).must('peer', 'list', '--no-header')).trim().split('\n')
      return lines.map((line) => line.split(/ +/)).map((cells) => [cells[0], cells[4]!.replace(/^[1-9]\d*$/, 'index')])
    }
    const expected = site.peers.map(({ name }) => [name, peer === leader || peer.name === name ? 'index' : '-'])
    await expect.poll(shown, { timeout: 10_000, message: `as ${peer.name} shows it` }).toEqual(expected)
  }
})

/** Every peer is up and well. */
async function everybody(site: Site): Promise<void> {
  for (const peer of site.peers) if (!peer.alive) await peer.start()
  await Promise.all(site.peers.map((peer) => peer.ready(30_000)))
  await site.agreed()
}

test('a peer with another sealing key is spoken with by nobody, and every side says why', async () => {
  const site = useQuorum()
  await everybody(site)
  const [a, c] = [site.peer('a'), site.peer('c')]
  await c.stop()
  const keyFile = join(site.workspace.path, 'other.key')
  await writeFile(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  const stranger = new PeerProcess({ ...c.options, settings: { ...c.options.settings, 'seal-key-file': keyFile } })
  try {
    await stranger.start()
    await until(
      'both sides name the sealing key',
      async () => {
        const theirs = await site.clientOf(a, OperatorService).listPeers({})
        const own = await site.clientOf(stranger, OperatorService).listPeers({})
        const errors = [
          theirs.peers.find(({ name }) => name === 'c')?.lastError ?? '',
          own.peers.find(({ name }) => name === 'a')?.lastError ?? '',
        ]
        if (errors.every((error) => error.includes('holds another sealing key'))) return true
        throw new Error(errors.join(' / '))
      },
      { timeoutMs: 15_000 },
    )
    expect((await stranger.readyz()).text).toContain('[-]leader failed')
    await site.client(InventoryService).createGroup({ name: 'without-the-stranger' })
  } finally {
    await stranger.stop()
  }
  await site.restart(c)
  await site.agreed()
})

test('a member whose log is damaged says why, and neither votes nor serves until the others have repaired it', async () => {
  const site = useQuorum()
  await everybody(site)
  const [a, b, c] = [site.peer('a'), site.peer('b'), site.peer('c')]
  await c.stop()
  const log = await writeAheadLog(c.dataDir)
  await truncate(log, Math.floor((await stat(log)).size / 2))
  // With one of the others alone it must not make a majority, whatever it is asked.
  await a.kill()
  await until('b has lost its majority', async () => ((await site.statusOf(b)).leaderId === '' ? true : undefined), {
    timeoutMs: 15_000,
  })
  const term = (await site.statusOf(b)).term
  await c.start()
  const { status, text } = await c.readyz()
  expect(status).toBe(503)
  expect(text).toMatch(/\[-\]repaired failed: it is being repaired: .*(log|entry)/)
  expect((await fetch(`http://${c.addresses.admin}/livez`)).status).toBe(200)
  expect(await waitingScript(c)).toBeUndefined()
  const inventory = site.clientOf(c, InventoryService)
  await expect(inventory.listGroups({})).rejects.toMatchObject({ code: 'NOT_READY' })
  await expect(inventory.createGroup({ name: 'refused' })).rejects.toMatchObject({ code: 'NOT_READY' })
  const asked = performance.now()
  await until(
    'several election time-outs have passed without a leader',
    async () => {
      const { leaderId, term: now } = await site.statusOf(b)
      if (leaderId !== '' || now !== term) throw new Error(`the damaged peer voted: ${leaderId} leads term ${now}`)
      return performance.now() - asked > 4_500 ? true : undefined
    },
    { timeoutMs: 6_000 },
  )
  await site.restart(a)
  await site.client(InventoryService).createGroup({ name: 'two-again' })
  await c.ready(30_000)
  await site.agreed()
  expect((await c.readyz()).text).toContain('[+]repaired ok')
})
