import { entryName } from './size-unit.ts'
import { withoutVoteCommit } from './vote-commit.ts'
import { localAppend, localApply, none } from '../../src/raft/core/types.ts'
import type {
  ConfState,
  Entry,
  Message,
  MessageType,
  PeerId,
  ProgressState,
  Ready,
  Role,
  SnapshotMetadata,
  Status,
} from '../../src/raft/core/types.ts'

/**
 * What an operation did, as lists of numbers that both sides write as the same JSON text; so nearly always two texts are
 * compared, and nothing is parsed. `etcd-node/observation.go` writes those of the other side.
 */
export type Observation = readonly [
  status: ObservedStatus | 0,
  hasReady: number,
  draws: number,
  /** Of a proposal whether it was refused, of what may change it the configuration, else 0. */
  result: number | ObservedConfState,
  ready: ObservedReady | 0,
]

export type ObservedStatus = readonly [
  term: number,
  vote: number,
  leader: number,
  role: number,
  commit: number,
  applied: number,
  /** From here on of a leader. */
  transferee?: number,
  pendingConfIndex?: number,
  progress?: readonly ObservedProgress[],
]

export type ObservedProgress = readonly [
  id: number,
  match: number,
  next: number,
  state: number,
  recentActive: number,
  learner: number,
  inflight: number,
  pendingSnapshot: number,
]

export type ObservedReady = readonly [
  softState: readonly number[] | 0,
  hardState: readonly number[] | 0,
  mustSync: number,
  readStates: readonly (readonly [index: number, context: string])[],
  messages: readonly ObservedMessage[],
]

export type ObservedMessage = readonly [
  type: number,
  from: number,
  to: number,
  term: number,
  logTerm: number,
  index: number,
  commit: number,
  vote: number,
  reject: number,
  rejectHint: number,
  /** Of reads the context, of others whether there is one. */
  context: number | string,
  snapshot: ObservedSnapshot | 0,
  entries: readonly ObservedEntry[],
  responses: readonly ObservedMessage[],
]

export type ObservedSnapshot = readonly [index: number, term: number, confState: ObservedConfState]

export type ObservedEntry = readonly [term: number, index: number, type: number, name: number, bytes: number]

export type ObservedConfState = readonly [
  voters: readonly number[],
  votersOutgoing: readonly number[],
  learners: readonly number[],
  learnersNext: readonly number[],
  autoLeave: number,
]

/** etcd's numbers of what we call by name. */
export const messageCodes = {
  hup: 0,
  beat: 1,
  propose: 2,
  append: 3,
  append_response: 4,
  vote: 5,
  vote_response: 6,
  snapshot: 7,
  heartbeat: 8,
  heartbeat_response: 9,
  unreachable: 10,
  check_quorum: 12,
  timeout_now: 14,
  read_index: 15,
  read_index_response: 16,
  pre_vote: 17,
  pre_vote_response: 18,
  storage_append: 19,
  storage_append_response: 20,
  storage_apply: 21,
  storage_apply_response: 22,
} as const satisfies Record<MessageType, number>

export const roleCodes = { follower: 0, candidate: 1, leader: 2, pre_candidate: 3 } as const satisfies Record<
  Role,
  number
>

export const progressCodes = { probe: 0, replicate: 1, snapshot: 2 } as const satisfies Record<ProgressState, number>

/** Peers are called by their numbers; the local targets are below zero. */
export function peerNumber(id: PeerId): number {
  if (id === none) return 0
  if (id === localAppend) return -1
  if (id === localApply) return -2
  return Number(id)
}

export function peerId(number: number): PeerId {
  return String(number)
}

export function observedStatus(status: Status): ObservedStatus {
  const { term, vote, leader, role, commit, applied, transferee, pendingConfIndex, progress } = status
  const basic = [term, peerNumber(vote), peerNumber(leader), roleCodes[role], commit, applied] as const
  if (role !== 'leader') return basic
  return [
    ...basic,
    peerNumber(transferee),
    pendingConfIndex,
    progress.map(({ id, match, next, state, recentActive, learner, inflight, pendingSnapshot }) => [
      peerNumber(id),
      match,
      next,
      progressCodes[state],
      Number(recentActive),
      Number(learner),
      inflight,
      pendingSnapshot,
    ]),
  ]
}

export function observedReady(ready: Ready): ObservedReady {
  const { softState, hardState, mustSync, readStates, messages } = ready
  return [
    softState === undefined ? 0 : [peerNumber(softState.leader), roleCodes[softState.role]],
    hardState === undefined ? 0 : [hardState.term, peerNumber(hardState.vote), hardState.commit],
    Number(mustSync),
    readStates.map(({ index, context }) => [index, context]),
    messages.map(observedMessage),
  ]
}

export function observedConfState(confState: ConfState): ObservedConfState {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = confState
  const numbers = (ids: readonly PeerId[]) => ids.map(peerNumber)
  return [numbers(voters), numbers(votersOutgoing), numbers(learners), numbers(learnersNext), Number(autoLeave)]
}

function observedMessage(given: Message): ObservedMessage {
  const message = withoutVoteCommit(given)
  const isRead = message.type === 'read_index' || message.type === 'read_index_response'
  return [
    messageCodes[message.type],
    peerNumber(message.from),
    peerNumber(message.to),
    message.term,
    message.logTerm,
    message.index,
    message.commit,
    peerNumber(message.vote),
    Number(message.reject),
    message.rejectHint,
    isRead ? askedContext(message.context) : Number(message.context !== ''),
    message.snapshot === undefined ? 0 : observedSnapshot(message.snapshot),
    message.entries.map(observedEntry),
    message.responses.map(observedMessage),
  ]
}

/** Our reads travel with a number before the context that they were given. */
export function askedContext(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

function observedSnapshot({ index, term, confState }: SnapshotMetadata): ObservedSnapshot {
  return [index, term, observedConfState(confState)]
}

function observedEntry({ term, index, type, data }: Entry): ObservedEntry {
  return [term, index, Number(type === 'conf_change'), type === 'conf_change' ? 0 : entryName(data), data.length]
}
