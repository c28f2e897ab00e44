import { readConfChange } from '../../../src/raft/store/conf-change-entry.ts'

/** Who takes part from an entry on. */
export interface Membership {
  /** The entry that made it; 0 before the first. */
  readonly index: number
  readonly voters: readonly string[]
  /** Those who vote, too, while the configuration before is being left; empty if none is. */
  readonly outgoing: readonly string[]
  readonly learners: readonly string[]
  /** Of those who vote yet: who only listens then. */
  readonly learnersNext: readonly string[]
}

/** A majority of the voters, and of those who leave. */
export function isQuorum({ voters, outgoing }: Membership, has: (id: string) => boolean): boolean {
  return [voters, outgoing].every((ids) => ids.length === 0 || ids.filter(has).length * 2 > ids.length)
}

export function namesOf({ voters, outgoing, learners, learnersNext }: Membership): ReadonlySet<string> {
  return new Set([...voters, ...outgoing, ...learners, ...learnersNext])
}

/** Who takes part, by the committed entries alone: joint consensus as the thesis has it (§4.3), without the core's code. */
export class MembershipModel {
  /** One for each committed change, the newest last. */
  readonly #all: Membership[] = [{ index: 0, voters: [], outgoing: [], learners: [], learnersNext: [] }]

  get current(): Membership {
    return this.#all.at(-1)!
  }

  /** What the last change has replaced; nobody before the first. */
  get previous(): Membership {
    return this.#all.at(-2) ?? this.#all[0]!
  }

  /** Changes so far. */
  get changes(): number {
    return this.#all.length - 1
  }

  /**
   * By which an entry may have been counted: a change takes effect when it is applied, so a leader that has not applied
   * the last change before the entry counts by the one before that. There is never more than one such change.
   */
  countingFor(index: number): readonly Membership[] {
    return this.#all.filter((one) => one.index < index).slice(-2)
  }

  /** The next committed change. */
  commits(index: number, data: Uint8Array): void {
    this.#all.push(after(this.current, index, data))
  }
}

function after(before: Membership, index: number, data: Uint8Array): Membership {
  const { steps, transition } = readConfChange({ index, data }).change
  if (data.length === 0) {
    const learners = [...before.learners, ...before.learnersNext]
    return { index, voters: before.voters, outgoing: [], learners, learnersNext: [] }
  }
  const isJoint = transition.startsWith('joint') || (transition === 'auto' && steps.length > 1)
  const named = new Set(steps.map(({ peer }) => peer))
  const added = (kind: string) => steps.filter((step) => step.kind === kind).map(({ peer }) => peer)
  const outgoing = isJoint ? before.voters : []
  const stays = (id: string) => !named.has(id)
  return {
    index,
    voters: [...before.voters.filter(stays), ...added('add_voter')],
    outgoing,
    learners: [...before.learners.filter(stays), ...added('add_learner').filter((id) => !outgoing.includes(id))],
    learnersNext: added('add_learner').filter((id) => outgoing.includes(id)),
  }
}
