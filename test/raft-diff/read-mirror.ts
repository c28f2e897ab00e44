import type { Operation } from './operation.ts'
import type { Message, Status } from '../../src/raft/core/types.ts'

/** A read as it came to its leader: the leader's own, or a message. */
export interface WaitingRead {
  readonly from: string
  readonly context: string
  readonly message: (Operation & { readonly kind: 'deliver' })['message'] | undefined
}

export interface ReadAnswer {
  readonly to: string
  readonly context: string
}

/**
 * Which reads wait at one peer, and for which a round is under way, by the rules of `src/raft/core/read-queue.ts` but
 * from outside. Our core begins a round when it is asked what is to be done, for all that wait; etcd's begins one for
 * each read at once. So etcd is given the reads when our round is due: then both must do the same.
 */
export class ReadMirror {
  #waiting: WaitingRead[] = []
  #round: readonly WaitingRead[] = []
  #asked = new Set<string>()
  #term = 0

  /** This peer asks for a read, of whoever leads. */
  ask(context: string): void {
    this.#asked.add(context)
  }

  hasAsked(context: string): boolean {
    return this.#asked.has(context)
  }

  isAnswered(context: string): void {
    this.#asked.delete(context)
  }

  add(read: WaitingRead): void {
    this.#waiting.push(read)
  }

  /** Whoever no longer leads, or leads in another term, has dropped its reads. */
  follow(status: Status | undefined): void {
    if (status?.role === 'leader' && status.term === this.#term) return
    if (status?.term !== this.#term) this.#asked.clear()
    this.#term = status?.term ?? 0
    this.#waiting = []
    this.#round = []
  }

  /** What a peer gave out answers the reads of the round under way; returns what is left for the next one. */
  answered(answers: readonly ReadAnswer[]): readonly ReadAnswer[] {
    const rest = [...answers]
    this.#round = this.#round.filter((read) => {
      const at = rest.findIndex(({ to, context }) => to === read.from && context === read.context)
      if (at >= 0) rest.splice(at, 1)
      return at < 0
    })
    return rest
  }

  get canBegin(): boolean {
    return this.#waiting.length > 0 && this.#round.length === 0
  }

  get isUnderWay(): boolean {
    return this.#round.length > 0
  }

  begin(): readonly WaitingRead[] {
    this.#round = this.#waiting
    this.#waiting = []
    return this.#round
  }
}

/** The answers to reads among what a peer gave out. */
export function readAnswers(
  self: string,
  given: {
    readonly readStates: readonly { readonly context: string }[]
    readonly messages: readonly Message[]
  },
): readonly ReadAnswer[] {
  return [
    ...given.readStates.map(({ context }) => ({ to: self, context })),
    ...given.messages.filter(({ type }) => type === 'read_index_response').map(({ to, context }) => ({ to, context })),
  ]
}
