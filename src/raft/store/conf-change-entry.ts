import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  ConfChangeKind,
  ConfChangeSchema,
  ConfTransition,
  type ConfChange as WireChange,
  type Peer,
} from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { leaveJoint } from '../core/conf-change.ts'
import type { ConfChange, ConfChangeStep, ConfTransition as Transition } from '../core/types.ts'
import type { PeerAddress } from './configuration.ts'

/** A configuration entry that this release does not understand: the peer must stop, never skip it. */
export class UnknownConfChangeError extends Error {
  override readonly name = 'UnknownConfChangeError'

  constructor(index: number, problem: string) {
    super(`entry ${index} changes the membership in an unknown way: ${problem}`)
  }
}

/** A change of who takes part, with the addresses of those whom it names. */
export interface MembershipChange {
  readonly transition: Transition
  /** Name and address count for those who are added. */
  readonly steps: readonly { readonly kind: ConfChangeStep['kind']; readonly peer: PeerAddress }[]
}

const transitions: Readonly<Record<Transition, ConfTransition>> = {
  bootstrap: ConfTransition.BOOTSTRAP,
  auto: ConfTransition.AUTO,
  joint_implicit: ConfTransition.JOINT_IMPLICIT,
  joint_explicit: ConfTransition.JOINT_EXPLICIT,
}

const kinds: Readonly<Record<ConfChangeStep['kind'], ConfChangeKind>> = {
  add_voter: ConfChangeKind.ADD_VOTER,
  add_learner: ConfChangeKind.ADD_LEARNER,
  remove: ConfChangeKind.REMOVE,
}

const transitionOf = new Map(Object.entries(transitions).map(([name, value]) => [value, name as Transition]))
const kindOf = new Map(Object.entries(kinds).map(([name, value]) => [value, name as ConfChangeStep['kind']]))

/** The data of entry 1: all peers become voters. The same bytes whatever the order of the list. */
export function bootstrapChange(peers: readonly PeerAddress[]): Uint8Array {
  const ascending = [...peers].sort((one, other) => (one.id < other.id ? -1 : 1))
  return encodeConfChange({
    transition: 'bootstrap',
    steps: ascending.map((peer) => ({ kind: 'add_voter', peer })),
  })
}

/** The data of an entry; of one that leaves the joint configuration there is none. */
export function encodeConfChange({ transition, steps }: MembershipChange): Uint8Array {
  const change = create(ConfChangeSchema, {
    transition: transitions[transition],
    steps: steps.map(({ kind, peer: { id, name, address } }) => ({
      kind: kinds[kind],
      peer: kind === 'remove' ? { id } : { id, name, address },
    })),
  })
  return toBinary(ConfChangeSchema, change)
}

/** The change as the core takes it. */
export function coreChangeOf({ transition, steps }: MembershipChange): ConfChange {
  return { transition, steps: steps.map(({ kind, peer }) => ({ kind, peer: peer.id })) }
}

/**
 * What a configuration entry asks for, and the peers that it adds. Throws `UnknownConfChangeError` for anything that
 * this release does not know, fields included: an entry that is half understood makes another configuration on each of
 * two releases.
 */
export function readConfChange(entry: { readonly index: number; readonly data: Uint8Array }): {
  readonly change: ConfChange
  readonly peers: readonly Peer[]
} {
  const { index, data } = entry
  if (data.length === 0) return { change: leaveJoint, peers: [] }
  const wire = fromBinary(ConfChangeSchema, data)
  const transition = transitionOf.get(wire.transition)
  if (transition === undefined) throw new UnknownConfChangeError(index, `transition ${wire.transition}`)
  if ((transition === 'bootstrap') !== (index === 1)) {
    throw new UnknownConfChangeError(index, 'entry 1 makes the first configuration, and no other one does')
  }
  requireKnownFields(index, wire)
  const steps = wire.steps.map(({ kind: wireKind, peer }): ConfChangeStep => {
    const kind = kindOf.get(wireKind)
    if (kind === undefined || peer === undefined) throw new UnknownConfChangeError(index, `step ${wireKind}`)
    if (transition === 'bootstrap' && kind !== 'add_voter')
      throw new UnknownConfChangeError(index, `${kind} in entry 1`)
    return { kind, peer: peer.id }
  })
  const peers = wire.steps.flatMap(({ kind, peer }) => (kind === ConfChangeKind.REMOVE || !peer ? [] : [peer]))
  return { change: { transition, steps }, peers }
}

function requireKnownFields(index: number, wire: WireChange): void {
  const messages = [wire, ...wire.steps, ...wire.steps.map(({ peer }) => peer)]
  const unknown = messages.flatMap((message) => message?.$unknown ?? [])
  if (unknown.length > 0) throw new UnknownConfChangeError(index, `field ${unknown[0]!.no}`)
}
