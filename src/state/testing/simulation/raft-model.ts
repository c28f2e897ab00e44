import type { CommittedEntry, Leadership, ProposalRefusal, ReadIndexAnswer } from '../../consensus.ts'

/** One entry of a worker's log. */
export interface ModelEntry {
  readonly term: number
  readonly data: Uint8Array
}

/** What a worker tells its main thread. */
export type WorkerEvent =
  | { readonly kind: 'leadership'; readonly leadership: Leadership }
  | { readonly kind: 'committed'; readonly entries: readonly CommittedEntry[] }
  | { readonly kind: 'refused'; readonly refusal: ProposalRefusal }

export interface ModelProposal {
  readonly term: number
  readonly number: number
  readonly previous: number
  readonly data: Uint8Array
}

/** One worker: Raft as a value, with its log on a disk that loses nothing. */
export class ModelWorker {
  readonly id: string
  log: ModelEntry[] = []
  term = 0
  role: 'leader' | 'follower' = 'follower'
  leader = ''
  firstIndex = 0
  commit = 0
  /** Last number appended in the own term. */
  lastNumber = 0
  /** How far committed entries were handed to main. */
  handedOver = 0
  readonly matches = new Map<string, number>()
  readonly events: WorkerEvent[] = []
  /** Answers to ReadIndex rounds on their way to main. They may overtake events, and be overtaken. */
  readonly answers: (() => void)[] = []
  readonly reads: ((answer: ReadIndexAnswer) => void)[] = []

  constructor(id: string) {
    this.id = id
  }

  entryTerm(index: number): number {
    return this.log[index - 1]?.term ?? 0
  }

  tellLeadership(): void {
    const { term, role, leader, firstIndex } = this
    this.events.push({
      kind: 'leadership',
      leadership: { term, role, leader, firstIndex: role === 'leader' ? firstIndex : 0 },
    })
  }

  follow(term: number, leader: string): void {
    if (this.term === term && this.role === 'follower' && this.leader === leader) return
    this.term = term
    this.role = 'follower'
    this.leader = leader
    this.tellLeadership()
  }

  commitTo(index: number): void {
    this.commit = Math.max(this.commit, index)
    if (this.handedOver >= this.commit) return
    const entries: CommittedEntry[] = []
    while (this.handedOver < this.commit) {
      this.handedOver += 1
      const { term, data } = this.log[this.handedOver - 1]!
      entries.push({ index: this.handedOver, term, type: 'normal', data })
    }
    this.events.push({ kind: 'committed', entries })
  }
}

/**
 * Raft among workers, one step at a time, as the simulation chooses: elections that need a majority of voters with
 * logs that are not newer, replication of prefixes, commitment of the own term's entries only, ReadIndex rounds.
 * Raft itself is assumed here, not tested: these few lines are its rules (thesis §3).
 */
export class RaftModel {
  readonly workers: readonly ModelWorker[]

  constructor(ids: readonly string[]) {
    this.workers = ids.map((id) => new ModelWorker(id))
  }

  worker(id: string): ModelWorker {
    return this.workers.find((worker) => worker.id === id)!
  }

  get majority(): number {
    return Math.floor(this.workers.length / 2) + 1
  }

  /** True if it won. `voters` contains the candidate. */
  elect(candidate: ModelWorker, voters: readonly ModelWorker[]): boolean {
    const isOlder = (voter: ModelWorker): boolean => {
      const mine = [candidate.entryTerm(candidate.log.length), candidate.log.length] as const
      const theirs = [voter.entryTerm(voter.log.length), voter.log.length] as const
      return mine[0] < theirs[0] || (mine[0] === theirs[0] && mine[1] < theirs[1])
    }
    if (voters.length < this.majority || voters.some(isOlder)) return false
    const term = Math.max(...this.workers.map((worker) => worker.term)) + 1
    for (const voter of voters) if (voter !== candidate) voter.follow(term, '')
    candidate.term = term
    candidate.role = 'leader'
    candidate.leader = candidate.id
    candidate.log.push({ term, data: new Uint8Array() })
    candidate.firstIndex = candidate.log.length
    candidate.lastNumber = 0
    candidate.matches.clear()
    candidate.tellLeadership()
    this.#advance(candidate)
    return true
  }

  /** The leader sends what it has up to `upTo`; a follower of a later term makes it step down. */
  replicate(leader: ModelWorker, follower: ModelWorker, upTo: number): void {
    if (leader.role !== 'leader' || leader === follower) return
    if (follower.term > leader.term) return leader.follow(follower.term, '')
    follower.follow(leader.term, leader.id)
    for (let index = 1; index <= upTo; index += 1) {
      if (follower.entryTerm(index) === leader.entryTerm(index)) continue
      follower.log = leader.log.slice(0, upTo)
      break
    }
    leader.matches.set(follower.id, Math.max(upTo, leader.matches.get(follower.id) ?? 0))
    this.#advance(leader)
    follower.commitTo(Math.min(leader.commit, upTo))
  }

  /** Appends if the worker leads that very term and the number follows; `stampsTerm` is a mistake. */
  propose(
    worker: ModelWorker,
    proposal: ModelProposal,
    how: { readonly isFull: boolean; readonly stampsTerm: boolean },
  ): void {
    const { term, number, previous, data } = proposal
    const refuse = (reason: ProposalRefusal['reason']) =>
      void worker.events.push({ kind: 'refused', refusal: { term, number, reason } })
    if (worker.role !== 'leader' || (worker.term !== term && !how.stampsTerm)) return refuse('term')
    if (worker.lastNumber !== previous && !how.stampsTerm) return refuse('gap')
    if (how.isFull) return refuse('full')
    worker.log.push({ term: worker.term, data })
    worker.lastNumber = number
    this.#advance(worker)
  }

  /** True if the oldest round of this worker could be answered, by itself or by the leader that it knows. */
  answerRead(worker: ModelWorker): boolean {
    const leader = worker.role === 'leader' ? worker : this.workers.find((one) => one.id === worker.leader)
    if (worker.reads.length === 0 || leader?.role !== 'leader' || leader.term < worker.term) return false
    const followers = this.workers.filter((one) => one.term <= leader.term)
    if (followers.length < this.majority || leader.commit < leader.firstIndex) return false
    const answer = { ok: true, index: leader.commit, leader: leader.id, term: leader.term } as const
    const resolve = worker.reads.shift()!
    worker.answers.push(() => resolve(answer))
    return true
  }

  #advance(leader: ModelWorker): void {
    const matches = this.workers.map((one) => (one === leader ? leader.log.length : (leader.matches.get(one.id) ?? 0)))
    matches.sort((one, other) => other - one)
    const index = matches[this.majority - 1]!
    if (leader.entryTerm(index) === leader.term) leader.commitTo(index)
  }
}
