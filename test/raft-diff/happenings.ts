import type { Operation } from './operation.ts'
import type { OurNode } from './our-node.ts'
import type { Done } from './step.ts'
import type { Message, Status } from '../../src/raft/core/types.ts'

/**
 * What schedules are drawn for. A run in which one of these never happened has compared less than it says; a test
 * asserts that none is missing.
 */
export const happeningNames = [
  'leader elected',
  'leader stepped down',
  'campaign without pre-vote',
  'campaign given up for the next',
  'pre-vote refused',
  'vote refused',
  'append refused',
  'proposal refused',
  'window full',
  'entries overwritten',
  'entries overwritten while being written',
  'write answered in a later term',
  'write lost in a crash',
  'hard state lost in a crash',
  'start behind what was applied',
  'message heard twice',
  'read answered',
  'configuration changed',
  'configuration joint',
  'snapshot sent',
  'snapshot installed',
] as const

export type HappeningName = (typeof happeningNames)[number]
export type HappeningCounts = ReadonlyMap<HappeningName, number>

/** Counts what happens to our peers. */
export class Happenings {
  readonly #counts = new Map<HappeningName, number>(happeningNames.map((name) => [name, 0]))
  readonly #heard = new Set<Message>()

  readonly #windowMax: number

  constructor(windowMax: number) {
    this.#windowMax = windowMax
  }

  get counts(): HappeningCounts {
    return this.#counts
  }

  /** The operation is about to be carried out; `message` is the one that it delivers. */
  before(operation: Operation, node: OurNode, message: Message | undefined): void {
    if (operation.kind === 'crash' && operation.keep < node.writesWaiting) this.#count('write lost in a crash')
    if (operation.kind === 'crash' && node.mayLoseHardState) this.#count('hard state lost in a crash')
    if (operation.kind === 'start' && operation.applied < node.applied) this.#count('start behind what was applied')
    if (operation.kind === 'respond' && node.answersOlderTerm) this.#count('write answered in a later term')
    if (message === undefined) return
    if (this.#heard.has(message)) this.#count('message heard twice')
    this.#heard.add(message)
    if (message.type === 'append_response' && message.reject) this.#count('append refused')
    if (message.type === 'pre_vote_response' && message.reject) this.#count('pre-vote refused')
    if (message.type === 'vote_response' && message.reject) this.#count('vote refused')
  }

  /** It is done; `states` are those of its peer. */
  after(done: Done, states: { readonly before: Status | undefined; readonly after: Status | undefined }): void {
    if (done.refused === true) this.#count('proposal refused')
    if (done.overwrites === 'entries') this.#count('entries overwritten')
    if (done.overwrites === 'entries being written') this.#count('entries overwritten while being written')
    if (done.ready !== undefined) {
      this.#count('read answered', done.ready.readStates.length)
      for (const message of done.ready.messages) {
        if (message.type === 'snapshot') this.#count('snapshot sent')
        if (message.type === 'storage_append' && message.snapshot !== undefined) this.#count('snapshot installed')
      }
    }
    const { before, after } = states
    if (before === undefined || after === undefined) return
    if (after.role === 'leader' && before.role !== 'leader') this.#count('leader elected')
    if (after.role !== 'leader' && before.role === 'leader') this.#count('leader stepped down')
    if (after.role === 'candidate' && before.role === 'follower') this.#count('campaign without pre-vote')
    if (after.role === 'pre_candidate' && before.role === 'candidate') this.#count('campaign given up for the next')
    if (after.progress.some(({ inflight }) => inflight >= this.#windowMax)) this.#count('window full')
    if (after.confState === before.confState) return
    this.#count('configuration changed')
    if (after.confState.votersOutgoing.length > 0) this.#count('configuration joint')
  }

  #count(name: HappeningName, times = 1): void {
    this.#counts.set(name, this.#counts.get(name)! + times)
  }
}

/** Adds one run's counts to a total. */
export function addCounts<Name>(total: Map<Name, number>, counts: ReadonlyMap<Name, number>): void {
  for (const [name, count] of counts) total.set(name, (total.get(name) ?? 0) + count)
}
