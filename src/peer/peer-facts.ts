import type { MessageInitShape } from '@bufbuild/protobuf'
import type {
  GetPeerStatusResponseSchema,
  ListPeersResponseSchema,
  PeerSchema,
} from '../gen/trivet/operator/v1/operator_pb.ts'
import { RaftRole } from '../gen/trivet/operator/v1/operator_pb.ts'
import type { Member, MemberStatus } from '../raft/index.ts'
import type { PeerFacts } from '../services/operator/service.ts'
import { stateVersionMax } from '../state/pure/state-version.ts'
import type { Replica } from '../state/replica.ts'
import type { Readiness } from './readiness.ts'
import { version } from '../cli/version.ts'

const roles = {
  follower: RaftRole.FOLLOWER,
  pre_candidate: RaftRole.PRE_CANDIDATE,
  candidate: RaftRole.CANDIDATE,
  leader: RaftRole.LEADER,
} as const

/** What this peer knows of itself and of the others, for operators. */
export function peerFacts(known: {
  readonly self: { readonly id: string; readonly name: string; readonly address: () => string }
  readonly clusterId: string
  readonly member: () => Member
  readonly replica: Replica
  readonly readiness: Readiness
  /** Why this peer must not serve; '' if it may. */
  readonly damaged: () => string
  /** What the replica shows was up to date at some time since the start. */
  readonly isCurrent: () => boolean
}): PeerFacts {
  const { self, replica, readiness } = known
  const ownPeer = (status: MemberStatus): MessageInitShape<typeof PeerSchema> => ({
    id: self.id,
    name: self.name,
    address: self.address(),
    raftRole: known.damaged() === '' ? roles[status.role] : RaftRole.UNSPECIFIED,
    connected: true,
    ...matched(status.damaged === undefined ? status.lastIndex : 0),
  })
  return {
    async list(): Promise<MessageInitShape<typeof ListPeersResponseSchema>> {
      const status = await known.member().status()
      const others = status.peers
        .filter(({ id }) => id !== self.id)
        .map(({ id, name, address, connected, lastError }) => ({
          id,
          name,
          address,
          connected,
          lastError,
          raftRole:
            id === status.leader ? RaftRole.LEADER : status.leader === '' ? RaftRole.UNSPECIFIED : RaftRole.FOLLOWER,
          ...matched(status.progress.find((progress) => progress.id === id)?.match ?? 0),
        }))
      const peers = [ownPeer(status), ...others]
      return { peers: peers.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)) }
    },
    async status(): Promise<MessageInitShape<typeof GetPeerStatusResponseSchema>> {
      const status = await known.member().status()
      const checks = readiness.checks()
      const read = replica.reader()
      const isCurrent = known.isCurrent()
      return {
        peer: ownPeer(status),
        clusterId: known.clusterId,
        // Clients draw request ids by log time: one that is old, or none, would have them refused.
        incarnation: isCurrent ? read.incarnation : '',
        logTimeMs: BigInt(isCurrent ? read.logTimeMs : 0),
        term: BigInt(status.term),
        leaderId: status.leader,
        committedIndex: BigInt(status.commit),
        appliedIndex: BigInt(replica.appliedIndex),
        revision: BigInt(read.revision),
        stateVersion: stateVersionMax,
        release: version(),
        ready: checks.every(({ ok }) => ok),
        checks: checks.map(({ name, ok, reason }) => ({ name, ok, reason })),
        stateHash: replica.hash().hash,
        damaged: known.damaged(),
      }
    },
  }
}

/** Nothing where it is not known: a leader begins with 0 for everybody, and a log that was started holds an entry. */
function matched(index: number): { readonly matchedIndex?: bigint } {
  return index === 0 ? {} : { matchedIndex: BigInt(index) }
}
