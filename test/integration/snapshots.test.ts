import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../../src/gen/trivet/operator/v1/operator_pb.ts'
import type { RpcChannel } from '../../src/rpc/channel.ts'
import { openChannel } from '../../src/rpc/channel.ts'
import { createClient } from '../../src/rpc/client.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { makeQuorum } from '../support/processes/quorum.ts'
import { until } from '../support/processes/until.ts'
import type { Workspace } from '../support/processes/workspace.ts'
import { makeWorkspace } from '../support/processes/workspace.ts'

const deadlineMs = 60_000
const script = fileURLToPath(new URL('small-log-peer.ts', import.meta.url))

let workspace: Workspace
let peers: readonly PeerProcess[]
const channels: RpcChannel[] = []
let written = 0

beforeAll(async () => {
  workspace = await makeWorkspace('snapshots')
  peers = await makeQuorum({ workspace, names: ['a', 'b', 'c'], root: { script, args: [] } })
  await Promise.all(peers.map((peer) => peer.start()))
  for (const peer of peers) await peer.ready(deadlineMs)
})

afterAll(async () => {
  for (const channel of channels) channel.close()
  for (const peer of peers) await peer.stop()
  await rm(workspace.path, { recursive: true })
})

function channelTo(peer: PeerProcess): RpcChannel {
  const channel = openChannel(peer.addresses.api)
  channels.push(channel)
  return channel
}

async function metric(peer: PeerProcess, name: string): Promise<number> {
  const response = await fetch(`http://${peer.addresses.admin}/metrics`)
  const line = (await response.text()).split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}

const firstIndexOf = (peer: PeerProcess) => metric(peer, 'trivet_log_first_index')

/** Writes so many entries through a peer. */
async function write(through: PeerProcess, count: number): Promise<void> {
  const inventory = createClient(InventoryService, channelTo(through))
  for (let at = 0; at < count; at++) await inventory.createGroup({ name: `g-${++written}` })
}

/** Entries of the log that this peer has not, and the others have no more. */
async function writeBeyond(missing: PeerProcess, through: PeerProcess, others: readonly PeerProcess[]): Promise<void> {
  const last = await lastKnown(through)
  expect(missing.alive).toBe(false)
  await write(through, 100)
  for (const other of others) {
    await until(
      `${other.name} has cut its log`,
      async () => ((await firstIndexOf(other)) > last + 1 ? true : undefined),
      {
        timeoutMs: deadlineMs,
      },
    )
  }
}

const lastKnown = (peer: PeerProcess) => metric(peer, 'trivet_applied_index')

async function leaderOf(among: readonly PeerProcess[]): Promise<PeerProcess> {
  return until(
    'there is a leader',
    async () => {
      for (const peer of among) if ((await metric(peer, 'trivet_raft_leading')) === 1) return peer
      return undefined
    },
    { timeoutMs: deadlineMs },
  )
}

/** All peers have the same state, while nobody writes. */
async function agree(): Promise<void> {
  for (const peer of peers) await peer.ready(deadlineMs)
  await until(
    'all peers have the same state',
    async () => {
      const statuses = await Promise.all(
        peers.map((peer) => createClient(OperatorService, channelTo(peer)).getPeerStatus({})),
      )
      const texts = statuses.map(({ appliedIndex, revision, stateHash }) => `${appliedIndex} ${revision} ${stateHash}`)
      return new Set(texts).size === 1 || undefined
    },
    { timeoutMs: deadlineMs },
  )
  for (const peer of peers) {
    const { groups } = await createClient(InventoryService, channelTo(peer)).listGroups({ pageSize: 1000 })
    expect(groups.length).toBe(written)
  }
}

test('a peer that is too far behind catches up by a snapshot while others write, and is ready again', async () => {
  const leader = await leaderOf(peers)
  const [behind, other] = peers.filter((peer) => peer !== leader) as [PeerProcess, PeerProcess]
  await write(leader, 5)
  await behind.kill()
  await writeBeyond(behind, other, [leader, other])
  const firstBefore = await firstIndexOf(leader)
  await behind.start()
  await write(other, 60)
  await agree()
  expect(await firstIndexOf(behind)).toBeGreaterThan(firstBefore - 1)
  expect(await metric(leader, 'trivet_snapshot_long_slices')).toBeGreaterThanOrEqual(0)
  const states = (await readdir(behind.dataDir)).filter((name) => name.startsWith('state.'))
  expect(states.toSorted()).toEqual([expect.stringMatching(/^state\.[0-9a-f]{16}$/), 'state.pointer'])
  await behind.kill()
  await behind.start()
  await agree()
})

test('a peer that lost its log, of which nobody has the beginning any more, is repaired by a snapshot', async () => {
  const leader = await leaderOf(peers)
  const damaged = peers.find((peer) => peer !== leader)!
  await damaged.kill()
  await rm(join(damaged.dataDir, 'raft/log'), { recursive: true })
  await damaged.start()
  await write(leader, 5)
  await agree()
  // It votes again: the leader's death leaves a majority.
  await leader.kill()
  const rest = peers.filter((peer) => peer !== leader)
  await write(await leaderOf(rest), 5)
  await leader.start()
  await agree()
})

test('a peer that lost its state, and whose log no longer begins with the first entry, is repaired by a snapshot', async () => {
  const leader = await leaderOf(peers)
  const stateless = peers.find((peer) => peer !== leader)!
  await stateless.kill()
  for (const name of await readdir(stateless.dataDir)) {
    if (name.startsWith('state')) await rm(join(stateless.dataDir, name), { recursive: true })
  }
  await stateless.start()
  await write(leader, 5)
  await agree()
})

test('the leader dies while a peer catches up: the peer gets its snapshot from the next one', async () => {
  const leader = await leaderOf(peers)
  const [behind, other] = peers.filter((peer) => peer !== leader) as [PeerProcess, PeerProcess]
  await behind.kill()
  await writeBeyond(behind, other, [leader, other])
  await behind.start()
  await leader.kill()
  await write(await leaderOf([behind, other]), 30)
  await leader.start()
  await agree()
})
