import type { PeerId, Ready, Role } from '../core/types.ts'

/** Leader, role and term as main was told last. */
export interface KnownLeadership {
  readonly term: number
  readonly role: Role
  readonly leader: PeerId
}

/** What is known once the core has said what is to be done; the same object if that brings nothing new. */
export function knownAfter(before: KnownLeadership, { softState, hardState }: Ready): KnownLeadership {
  const term = hardState?.term ?? before.term
  const role = softState?.role ?? before.role
  const leader = softState?.leader ?? before.leader
  const isSame = term === before.term && role === before.role && leader === before.leader
  return isSame ? before : { term, role, leader }
}
