import { appendAsLeader, broadcastAppend } from './append.ts'
import { checkConfState } from './conf-change.ts'
import { checkConfig } from './config.ts'
import { hup } from './election.ts'
import { invariant } from './invariant.ts'
import { uncommittedEntriesMax } from './limits.ts'
import { applyConfChange, proposeConfChange } from './membership.ts'
import { Raft } from './raft.ts'
import { requestRead } from './read-index.ts'
import { ReadySource } from './ready.ts'
import { handleUnreachable } from './replication.ts'
import { handleSnapshotReport } from './snapshot.ts'
import { statusOf } from './status.ts'
import { step } from './step.ts'
import { tick } from './ticks.ts'
import { transferLeader } from './transfer.ts'
import { none } from './types.ts'
import type { Config, ConfChange, ConfChangeRefusal, ConfState, LogReader, Message, PeerId } from './types.ts'
import type { ProposeRefusal, RawNode, Ready, Status, TransferRefusal } from './types.ts'

/**
 * Makes the core of one peer from its settings and its log. Throws `CoreInvariantError` if these contradict each other.
 */
export function createCore(config: Config, log: LogReader): RawNode {
  checkConfig(config)
  return new Core(config, log)
}

/** The calls of `RawNode`, each one transition of the state and nothing else. */
class Core implements RawNode {
  readonly #raft: Raft
  readonly #ready: ReadySource

  constructor(config: Config, log: LogReader) {
    const { hardState, confState } = log.initialState()
    if (confState.voters.length > 0) checkConfState(confState)
    this.#raft = new Raft(config, log)
    this.#ready = new ReadySource(this.#raft, hardState)
  }

  tick(): void {
    tick(this.#raft)
  }

  step(message: Message): void {
    step(this.#raft, message)
  }

  campaign(): void {
    hup(this.#raft, 'timeout')
  }

  propose(data: readonly Uint8Array[]): ProposeRefusal | undefined {
    const raft = this.#raft
    invariant(data.length > 0, 'something is proposed')
    if (raft.role !== 'leader') return 'not_leader'
    if (raft.transferee !== none) return 'transferring'
    if (raft.log.lastIndex + data.length - raft.log.committed > uncommittedEntriesMax) return 'too_much_uncommitted'
    const proposed = data.map((bytes) => ({ type: 'normal' as const, data: bytes }))
    if (!appendAsLeader(raft, proposed)) return 'too_much_uncommitted'
    broadcastAppend(raft)
    return undefined
  }

  readIndex(context: string): void {
    requestRead(this.#raft, context)
  }

  hasReady(): boolean {
    return this.#ready.hasReady()
  }

  ready(): Ready {
    return this.#ready.take()
  }

  advance(): void {
    // See `RawNode`: the responses of the local targets do it.
  }

  proposeConfChange(change: ConfChange, data: Uint8Array): ConfChangeRefusal | undefined {
    return proposeConfChange(this.#raft, change, data)
  }

  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.#raft, change)
  }

  configure(confState: ConfState): void {
    invariant(this.#raft.role === 'follower', 'only a follower takes a configuration as it is')
    if (confState.voters.length > 0) checkConfState(confState)
    this.#raft.tracker.configure(confState, this.#raft.log.lastIndex)
  }

  transferLeader(to: PeerId): TransferRefusal | undefined {
    return transferLeader(this.#raft, to)
  }

  setPriorities(priorities: ReadonlyMap<PeerId, number>): void {
    this.#raft.priorities = new Map(priorities)
  }

  forgetLeader(): void {
    if (this.#raft.role === 'follower') this.#raft.leader = none
  }

  reportUnreachable(id: PeerId): void {
    handleUnreachable(this.#raft, id)
  }

  reportSnapshot(id: PeerId, delivered: boolean): void {
    handleSnapshotReport(this.#raft, id, delivered)
  }

  status(): Status {
    return statusOf(this.#raft)
  }
}
