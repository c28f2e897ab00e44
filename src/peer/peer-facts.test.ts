import { expect, test } from 'vitest'
import { RaftRole } from '../gen/trivet/operator/v1/operator_pb.ts'
import type { Member, MemberStatus } from '../raft/index.ts'
import type { Reader } from '../state/read.ts'
import type { Replica } from '../state/replica.ts'
import { peerFacts } from './peer-facts.ts'
import { Readiness } from './readiness.ts'

const connection = (name: string, other: object = {}) => ({
  id: `id-${name}`,
  name,
  address: `${name}:1`,
  connected: true,
  lastError: '',
  ...other,
})

const leading = {
  term: 4,
  leader: 'id-b',
  role: 'leader',
  commit: 70,
  lastIndex: 71,
  progress: [{ id: 'id-a', match: 69 }],
  peers: [connection('c', { connected: false, lastError: 'refused' }), connection('a')],
  damaged: undefined,
}

function setUp(given: { status?: object; damaged?: string; isCurrent?: boolean } = {}) {
  const { status = leading, damaged = '', isCurrent = true } = given
  const readiness = new Readiness()
  readiness.add('leader', () => 'no leader is known')
  return peerFacts({
    self: { id: 'id-b', name: 'b', address: () => 'b:1' },
    clusterId: 'c1',
    member: () => ({ status: () => Promise.resolve(status as MemberStatus) }) as Partial<Member> as Member,
    replica: {
      appliedIndex: 68,
      reader: () => ({ incarnation: 'i1', revision: 60, logTimeMs: 5_000 }) as Reader,
      hash: () => ({ hash: 'ff' }),
    } as Partial<Replica> as Replica,
    readiness,
    damaged: () => damaged,
    isCurrent: () => isCurrent,
  })
}

test('all peers are listed by name, the leader with what each has', async () => {
  const { peers } = await setUp().list()
  expect(peers).toMatchObject([
    { name: 'a', raftRole: RaftRole.FOLLOWER, matchedIndex: 69n, connected: true },
    { name: 'b', raftRole: RaftRole.LEADER, matchedIndex: 71n, connected: true },
    { name: 'c', raftRole: RaftRole.FOLLOWER, connected: false, lastError: 'refused' },
  ])
  expect(peers?.[2]).not.toHaveProperty('matchedIndex')
})

test('what another peer has is shown by the leader alone, and only once that peer said so', async () => {
  const shown = async (status: object) => {
    const { peers } = await setUp({ status: { ...leading, ...status } }).list()
    return peers?.map(({ matchedIndex }) => matchedIndex)
  }
  expect(await shown({ role: 'follower', leader: 'id-c', progress: [] })).toEqual([undefined, 71n, undefined])
  expect(await shown({ progress: [{ id: 'id-a', match: 0 }] })).toEqual([undefined, 71n, undefined])
  expect(await shown({ damaged: 'the log is gone', lastIndex: 0 })).toEqual([69n, undefined, undefined])
})

test('a follower knows who leads, and nothing of the roles of others without a leader', async () => {
  const roles = async (leader: string) => {
    const { peers } = await setUp({ status: { ...leading, role: 'follower', leader } }).list()
    return peers?.map(({ raftRole }) => raftRole)
  }
  expect(await roles('id-c')).toEqual([RaftRole.FOLLOWER, RaftRole.FOLLOWER, RaftRole.LEADER])
  expect(await roles('')).toEqual([RaftRole.UNSPECIFIED, RaftRole.FOLLOWER, RaftRole.UNSPECIFIED])
})

test('the status says where this peer is, and what it waits for', async () => {
  expect(await setUp().status()).toMatchObject({
    clusterId: 'c1',
    incarnation: 'i1',
    term: 4n,
    leaderId: 'id-b',
    committedIndex: 70n,
    appliedIndex: 68n,
    revision: 60n,
    logTimeMs: 5_000n,
    ready: false,
    checks: [{ name: 'leader', ok: false, reason: 'no leader is known' }],
    stateHash: 'ff',
    damaged: '',
  })
})

test('a peer that never caught up tells no time: request ids drawn by it could be too old', async () => {
  expect(await setUp({ isCurrent: false }).status()).toMatchObject({ incarnation: '', logTimeMs: 0n, revision: 60n })
})

test('a damaged peer says why, and has no role', async () => {
  const facts = setUp({ damaged: 'the end of the log is lost' })
  expect(await facts.status()).toMatchObject({
    damaged: 'the end of the log is lost',
    peer: { raftRole: RaftRole.UNSPECIFIED },
  })
})
