import { checkConfState } from './conf-change.ts'
import { checkConfig } from './config.ts'
import { hup } from './election.ts'
import { invariant } from './invariant.ts'
import { applyConfState } from './membership.ts'
import { Raft } from './raft.ts'
import { requestRead } from './read-index.ts'
import { ReadySource } from './ready.ts'
import { appendAsLeader, broadcastAppend, handleUnreachable } from './replication.ts'
import { step } from './step.ts'
import { statusOf } from './status.ts'
import { tick } from './ticks.ts'
import {
  none,
  type Config,
  type ConfState,
  type LogReader,
  type Message,
  type PeerId,
  type ProposeRefusal,
  type RawNode,
  type Ready,
  type Status,
} from './types.ts'

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
    hup(this.#raft)
  }

  propose(data: readonly Uint8Array[]): ProposeRefusal | undefined {
    const raft = this.#raft
    invariant(data.length > 0, 'something is proposed')
    if (raft.role !== 'leader') return 'not_leader'
    if (!raft.promotable) return 'not_a_voter'
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

  applyConfState(confState: ConfState): void {
    applyConfState(this.#raft, confState)
  }

  forgetLeader(): void {
    if (this.#raft.role === 'follower') this.#raft.leader = none
  }

  reportUnreachable(id: PeerId): void {
    handleUnreachable(this.#raft, id)
  }

  status(): Status {
    return statusOf(this.#raft)
  }
}
