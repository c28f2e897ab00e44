import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clusterIdOf, peerIdOf } from '../store/cluster-id.ts'
import { EventRecorder } from './event-recorder.ts'
import type { Member } from './port.ts'
import { startMember, type MemberOptions } from './start-member.ts'

const deadline = { timeout: 20_000, interval: 5 }
const clusterId = clusterIdOf({ peers: [{ name: 'a', address: '127.0.0.1:0' }], token: 'lone' })
const self = peerIdOf({ clusterId, name: 'a' })

let dataDir: string
let deaths: string[] = []
const running: Member[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'trivet-member-'))
  deaths = []
})

afterEach(async () => {
  for (const member of running.splice(0)) await member.stop()
  await rm(dataDir, { recursive: true, force: true })
})

function options(other: Partial<MemberOptions> = {}): MemberOptions {
  return {
    dataDir,
    listen: { host: '127.0.0.1', port: 0 },
    clusterId,
    self,
    peers: [{ id: self, name: 'a', address: '127.0.0.1:0' }],
    appliedIndex: 0,
    stateVersions: { min: 1, max: 1 },
    sealingKeyFingerprint: new Uint8Array(),
    die: (code, reason) => deaths.push(`${code}: ${reason}`),
    ...other,
  }
}

/** Main that applies at once what it is given. */
class Applying extends EventRecorder {
  member: Member | undefined

  override committed(entries: Parameters<EventRecorder['committed']>[0]): void {
    super.committed(entries)
    this.member?.applied(entries.at(-1)!.index)
  }
}

async function start(other: Partial<MemberOptions> = {}): Promise<{ member: Member; events: Applying }> {
  const events = new Applying()
  const member = await startMember(options(other), events)
  events.member = member
  running.push(member)
  return { member, events }
}

test('a member in a thread of its own elects itself, commits, answers reads and has a lease', async () => {
  const { member, events } = await start()
  expect(member.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/)
  await expect.poll(() => events.leaderships.at(-1)?.role, deadline).toBe('leader')
  const { term } = events.leaderships.at(-1)!
  const count = 500
  for (let number = 1; number <= count; number++) {
    member.propose({ term, number, previous: number - 1, data: Buffer.from(`w${number}`) })
  }
  await expect.poll(() => events.entries.at(-1)?.text, deadline).toBe(`w${count}`)
  expect(await member.readIndex(5000)).toMatchObject({ ok: true, leader: self, term })
  await expect.poll(() => member.lease().term, deadline).toBe(term)
  const status = await member.status()
  expect(status).toMatchObject({ role: 'leader', proposalsAppended: count, lastIndex: count + 2 })
  // Group commit over the thread boundary: the proposals of one turn share batches.
  expect(status.syncs).toBeLessThan(count / 2)
  await member.stop()
  expect(member.lease().term).toBe(0)
})

test('what it committed is there when it starts again, from where main has applied', async () => {
  const first = await start()
  await expect.poll(() => first.events.leaderships.at(-1)?.role, deadline).toBe('leader')
  const { term } = first.events.leaderships.at(-1)!
  for (let number = 1; number <= 20; number++) {
    first.member.propose({ term, number, previous: number - 1, data: Buffer.from(`w${number}`) })
  }
  await expect.poll(() => first.events.entries.at(-1)?.text, deadline).toBe('w20')
  await first.member.stop()
  const second = await start({ appliedIndex: 10 })
  await expect.poll(() => second.events.entries.filter(({ text }) => text !== '').length, deadline).toBe(12)
  expect(second.events.entries.map(({ text }) => text).filter((text) => text !== '')).toEqual(
    Array.from({ length: 12 }, (_, at) => `w${at + 9}`),
  )
})

test('a start that fails rejects with its code, and leaves no thread behind', async () => {
  const { member } = await start()
  await expect(startMember(options(), new EventRecorder())).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED' })
  await member.stop()
  const other = { clusterId: clusterIdOf({ peers: [], token: 'other' }) }
  await expect(startMember(options(other), new EventRecorder())).rejects.toMatchObject({
    code: 'DATA_DIRECTORY_FOREIGN',
  })
  await expect(
    startMember(options({ listen: { host: '0.0.0.0', port: 0 } }), new EventRecorder()),
  ).rejects.toMatchObject({ code: 'PEER_LISTENER_NOT_LOOPBACK' })
  expect(deaths).toEqual([])
})
