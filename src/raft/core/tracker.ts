import type { InflightLimits } from './inflights.ts'
import { invariant } from './invariant.ts'
import { Progress } from './progress.ts'
import { allVoters, committedByQuorum, decideByQuorum, type VoteResult } from './quorum.ts'
import type { ConfState, PeerId } from './types.ts'

/** The configuration of no peers: what a log says before its first entry is applied. */
export const emptyConfState: ConfState = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

/** Who takes part, how far each of them is, and who has voted for us. */
export class Tracker {
  readonly #limits: InflightLimits
  #confState: ConfState = emptyConfState
  #progress = new Map<PeerId, Progress>()
  #votes = new Map<PeerId, boolean>()

  constructor(limits: InflightLimits) {
    this.#limits = limits
  }

  get confState(): ConfState {
    return this.#confState
  }

  /** Ascending by id, so that the same input gives the same messages in the same order. */
  get progress(): ReadonlyMap<PeerId, Progress> {
    return this.#progress
  }

  get(id: PeerId): Progress | undefined {
    return this.#progress.get(id)
  }

  /** Two configurations count at the same time. */
  get isJoint(): boolean {
    return this.#confState.votersOutgoing.length > 0
  }

  /** Takes a configuration; peers that stay keep their progress, new ones are probed from the end of the log. */
  configure(confState: ConfState, lastIndex: number): void {
    const voters = allVoters(confState)
    const next = Math.max(lastIndex, 1)
    const learners = new Set(confState.learners)
    const progress = new Map<PeerId, Progress>()
    for (const id of [...voters, ...learners].sort()) {
      const learner = !voters.has(id)
      const known = this.#progress.get(id)
      if (known !== undefined) known.learner = learner
      const fresh = new Progress({ next, learner, limits: this.#limits })
      // A peer is given the time of one check of the quorum to be heard of, or the leader would step down for nothing.
      fresh.recentActive = true
      progress.set(id, known ?? fresh)
    }
    this.#confState = copyOf(confState)
    this.#progress = progress
    invariant(progress.size >= confState.voters.length, 'every voter has a progress')
  }

  /** Forgets what was known in another term. Our own log is known to agree with itself, as far as it reaches. */
  reset(self: PeerId, lastIndex: number): void {
    for (const [id, old] of this.#progress) {
      const fresh = new Progress({ next: lastIndex + 1, learner: old.learner, limits: this.#limits })
      if (id === self) fresh.match = lastIndex
      this.#progress.set(id, fresh)
    }
    this.#votes = new Map()
  }

  resetVotes(): void {
    this.#votes = new Map()
  }

  /** Counts the first answer of each peer: whoever has voted does not change its mind within a term. */
  recordVote(id: PeerId, granted: boolean): VoteResult {
    if (!this.#votes.has(id)) this.#votes.set(id, granted)
    return decideByQuorum(this.#confState, (voter) => this.#votes.get(voter))
  }

  committed(): number {
    return committedByQuorum(this.#confState, (id) => this.#progress.get(id)?.match ?? 0)
  }

  /** Whether these peers are a quorum. */
  isQuorum(ids: ReadonlySet<PeerId>): boolean {
    return decideByQuorum(this.#confState, (id) => ids.has(id)) === 'won'
  }

  quorumActive(): boolean {
    return decideByQuorum(this.#confState, (id) => this.#progress.get(id)?.recentActive ?? false) === 'won'
  }
}

function copyOf(confState: ConfState): ConfState {
  return {
    voters: [...confState.voters],
    votersOutgoing: [...confState.votersOutgoing],
    learners: [...confState.learners],
    learnersNext: [...confState.learnersNext],
    autoLeave: confState.autoLeave,
  }
}
