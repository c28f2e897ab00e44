import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { OperatorService } from '../../src/gen/trivet/operator/v1/operator_pb.ts'
import type { RpcChannel } from '../../src/rpc/channel.ts'
import { openChannel } from '../../src/rpc/channel.ts'
import { createClient } from '../../src/rpc/client.ts'
import { allTables } from '../../src/peer/state-dir.ts'
import { sha256 } from '../../src/state/sha256.ts'
import { markKey } from '../../src/state/storage/keys.ts'
import { nodeStateDirectories } from '../../src/state/storage/node-state-directories.ts'
import { openState } from '../../src/state/storage/open-state.ts'
import { encodeMark } from '../../src/state/storage/records.ts'
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

/** Makes the sum over all rows of a peer that does not run another one, as if a row that is not in memory was lost. */
async function rotStateOf(peer: PeerProcess): Promise<void> {
  const directories = nodeStateDirectories(peer.dataDir)
  const directory = (await directories.current())!
  const keyValue = await directories.open(directory, { create: false })
  const opened = await openState({ keyValue, catalog: allTables, directory, format: undefined })
  if (opened.kind === 'damaged') throw new Error(opened.reason)
  opened.state.hash.add(sha256(Buffer.from('a row that was lost')))
  await keyValue.batch([{ key: markKey, value: encodeMark(opened.state) }], { sync: true })
  await keyValue.close()
}

const logOf = (peer: PeerProcess) => readFile(peer.logFile, 'utf8')

const untilLogged = (peer: PeerProcess, words: string) =>
  until(`${peer.name} logs: ${words}`, async () => (await logOf(peer)).includes(words) || undefined, {
    timeoutMs: deadlineMs,
  })

test('a leader whose disk lost a row offers no snapshot of it, and makes its state anew once another peer can lead', async () => {
  const sound = await leaderOf(peers)
  const [rotten, behind] = peers.filter((peer) => peer !== sound) as [PeerProcess, PeerProcess]
  await rotten.stop()
  await rotStateOf(rotten)
  await rotten.start()
  await rotten.ready(deadlineMs)
  await behind.kill()
  await writeBeyond(behind, rotten, [sound, rotten])
  // The one that is behind has not the log to lead, and nothing is committed before it has a snapshot.
  await sound.kill()
  await behind.start()
  await untilLogged(rotten, 'this peer goes on, for no other has all of it')
  expect(await metric(rotten, 'trivet_damaged')).toBe(0)
  await sound.start()
  await untilLogged(rotten, 'another peer goes on, and this one makes its own anew')
  await untilLogged(rotten, 'the state is damaged, and made anew')
  await write(await leaderOf([sound, behind]), 5)
  await agree()
  expect(await readdir(rotten.dataDir)).toContain('state.damaged')
})
