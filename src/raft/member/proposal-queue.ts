import type { ProposeRefusal, RawNode } from '../core/types.ts'
import type { Proposal, RefusalReason } from './port.ts'
import { ProposalGate } from './proposal-gate.ts'
import { takeGroup } from './turn-messages.ts'

const reasons: Readonly<Record<ProposeRefusal, RefusalReason>> = {
  not_leader: 'term',
  too_much_uncommitted: 'full',
  transferring: 'transfer',
}

/** What a `ProposalQueue` stands on. */
export interface ProposalQueuePorts {
  readonly propose: RawNode['propose']
  refused(refusal: { readonly term: number; readonly number: number; readonly reason: RefusalReason }): void
  readonly counters: { proposalsAppended: number; proposalsRefused: number }
}

/** The proposals of one turn of the event loop: they are appended at its end, in groups that share a message. */
export class ProposalQueue {
  readonly #ports: ProposalQueuePorts
  readonly #gate = new ProposalGate()
  #proposals: Proposal[] = []

  constructor(ports: ProposalQueuePorts) {
    this.#ports = ports
  }

  add(proposal: Proposal): void {
    this.#proposals.push(proposal)
  }

  /** Appends what waits, as leader of this term; undefined if this peer does not lead. */
  append(leading: number | undefined): void {
    const admitted: Proposal[] = []
    for (const proposal of this.#proposals.splice(0)) {
      const refusal = this.#gate.admit(proposal, leading)
      if (refusal === undefined) admitted.push(proposal)
      else this.refuse(proposal, refusal)
    }
    while (admitted.length > 0) {
      const group = takeGroup(admitted)
      const refusal = this.#ports.propose(group.map((proposal) => proposal.data))
      if (refusal === undefined) {
        this.#ports.counters.proposalsAppended += group.length
        continue
      }
      this.#gate.retract(group[0]!)
      this.refuse(group[0]!, reasons[refusal])
      for (const behind of [...group.slice(1), ...admitted]) this.refuse(behind, 'gap')
      return
    }
  }

  refuse(proposal: Proposal, reason: RefusalReason): void {
    this.#ports.counters.proposalsRefused++
    this.#ports.refused({ term: proposal.term, number: proposal.number, reason })
  }

  /** This peer stops. */
  refuseAll(): void {
    for (const proposal of this.#proposals.splice(0)) this.refuse(proposal, 'stopping')
  }
}
