import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../../src/gen/trivet/operator/v1/operator_pb.ts'
import { readConfig } from '../../src/peer/config.ts'
import { Peer } from '../../src/peer/peer.ts'
import { allTables } from '../../src/peer/state-dir.ts'
import type { RpcChannel } from '../../src/rpc/channel.ts'
import { openChannel } from '../../src/rpc/channel.ts'
import { createClient } from '../../src/rpc/client.ts'
import { hashIntervalEntries } from '../../src/state/limits.ts'
import { sha256 } from '../../src/state/sha256.ts'
import { markKey } from '../../src/state/storage/keys.ts'
import { LevelKeyValue } from '../../src/state/storage/level-key-value.ts'
import { openState } from '../../src/state/storage/open-state.ts'
import { encodeMark } from '../../src/state/storage/records.ts'
import type { PeerAddresses } from '../support/processes/free-addresses.ts'
import { freeAddresses } from '../support/processes/free-addresses.ts'
import { until } from '../support/processes/until.ts'

/*
 * Three peers in one process; the state of one after another is changed behind its back, in a way that looks whole from
 * inside: what a mistake in apply, or memory that forgets, would make of it.
 */

const deadline = { timeout: 30_000, interval: 50 }

let directory: string
let addresses: readonly PeerAddresses[]
const peers = new Map<string, Peer>()
const channels: RpcChannel[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trivet-agreement-'))
  await writeFile(join(directory, 'seal.key'), Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 })
  addresses = await freeAddresses(['a', 'b', 'c'])
  await Promise.all(addresses.map(({ name }) => start(name)))
  for (const { name } of addresses) await ready(name)
})

afterAll(async () => {
  for (const channel of channels) channel.close()
  for (const peer of peers.values()) await peer.stop()
  await rm(directory, { recursive: true })
})

const dataDirOf = (name: string) => join(directory, name)

async function start(name: string): Promise<void> {
  const { name: _, ...listeners } = addresses.find((of) => of.name === name)!
  const flags = {
    ...Object.fromEntries(Object.entries(listeners).map(([of, address]) => [`${of}-listen`, address])),
    name,
    'data-dir': dataDirOf(name),
    'seal-key-file': join(directory, 'seal.key'),
    'initial-peers': addresses.map(({ name: of, peer }) => `${of}=${peer}`).join(','),
    'log-level': 'error',
  }
  const argv = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value])
  peers.set(name, await Peer.start(readConfig(argv, {})))
}

async function restart(name: string, meanwhile: () => Promise<void>): Promise<void> {
  await peers.get(name)!.stop()
  peers.delete(name)
  await meanwhile()
  await start(name)
}

/** Changes the state hash of a peer that does not run; all else still agrees with it. */
async function changeStateOf(name: string): Promise<void> {
  const stateDir = join(dataDirOf(name), 'state')
  const keyValue = await LevelKeyValue.open(stateDir, { create: false })
  const opened = await openState({ keyValue, catalog: allTables, directory: stateDir, format: undefined })
  if (opened.kind === 'damaged') throw new Error(opened.reason)
  opened.state.hash.add(sha256(Buffer.from(`a row that only ${name} has`)))
  await keyValue.batch([{ key: markKey, value: encodeMark(opened.state) }], { sync: true })
  await keyValue.close()
}

function channelTo(name: string): RpcChannel {
  const channel = openChannel(peers.get(name)!.addresses.api)
  channels.push(channel)
  return channel
}

async function readyz(name: string): Promise<string> {
  const response = await fetch(`http://${peers.get(name)!.addresses.admin}/readyz?verbose`)
  return response.text()
}

const ready = (name: string) =>
  until(`${name} is ready`, async () => (await readyz(name)).endsWith('check passed\n') || undefined, {
    timeoutMs: deadline.timeout,
  })

/** Writes through a peer, one by one and so an entry each, until the next index at which states are compared. */
async function writeOverNextRound(name: string): Promise<void> {
  const operator = createClient(OperatorService, channelTo(name))
  const inventory = createClient(InventoryService, channelTo(name))
  const { appliedIndex } = await operator.getPeerStatus({})
  const missing = hashIntervalEntries - (Number(appliedIndex) % hashIntervalEntries)
  for (let at = 0; at < missing; at += 1) await inventory.createGroup({ name: `g-${appliedIndex}-${at}` })
}

/** The state hash of a peer once it has applied so much, while nobody writes. */
async function hashAt(name: string, index: number): Promise<string> {
  const operator = createClient(OperatorService, channelTo(name))
  return until(
    `${name} has applied ${index}`,
    async () => {
      const { appliedIndex, stateHash } = await operator.getPeerStatus({})
      return Number(appliedIndex) >= index ? `${appliedIndex} ${stateHash}` : undefined
    },
    { timeoutMs: deadline.timeout },
  )
}

test('a peer whose state differs from that of the two others leaves the quorum, and makes its state anew when it starts again', async () => {
  await restart('c', () => changeStateOf('c'))
  await ready('c')
  await writeOverNextRound('a')
  const reason = /undamaged failed: it is damaged: its state at index 1000 .* is not the one of a, b, who agree/
  await expect.poll(() => readyz('c'), deadline).toMatch(reason)
  const refused = createClient(InventoryService, channelTo('c')).listNodes({})
  await expect(refused).rejects.toMatchObject({ code: 'PEER_DAMAGED' })
  await expect(fetch(`http://${addresses[2]!.node}/boot/ipxe?mac=02:00:00:00:00:01`)).rejects.toThrow()
  // The two others go on, and take c for a peer that does not vote.
  await expect.poll(() => readyz('a'), deadline).toContain('readyz check passed')
  await createClient(InventoryService, channelTo('b')).createGroup({ name: 'after' })
  const status = () => createClient(OperatorService, channelTo('c')).getPeerStatus({})
  await expect.poll(async () => (await status()).term, deadline).toBe(0n)

  await restart('c', async () => undefined)
  await ready('c')
  await writeOverNextRound('a')
  const hashes = await Promise.all(['a', 'b', 'c'].map((name) => hashAt(name, 2000)))
  expect(new Set(hashes).size).toBe(1)
})

test('two that differ with nobody to judge write nothing any more, and say so; reads go on', async () => {
  await peers.get('c')!.stop()
  peers.delete('c')
  await restart('b', () => changeStateOf('b'))
  await ready('b')
  await writeOverNextRound('a')
  const reason = 'at index 3000 the states of a; of b differ, and no majority agrees'
  for (const name of ['a', 'b']) {
    await expect.poll(() => readyz(name), deadline).toContain(`[-]agreement failed: nothing can be written: ${reason}`)
    expect((await createClient(InventoryService, channelTo(name)).listNodes({})).nodes).toEqual([])
    const write = createClient(InventoryService, channelTo(name)).createGroup({ name: `${name}-x` })
    await expect(write).rejects.toMatchObject({ code: 'STATE_DISPUTED', params: { reason } })
  }
})
