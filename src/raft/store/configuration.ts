import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  ConfChangeKind,
  ConfChangeSchema,
  ConfigurationSchema,
  ConfTransition,
  type Configuration,
} from '../../gen/trivet/raft/v1/configuration_pb.ts'
import type { ConfState, PeerId } from '../core/types.ts'
import { seal, unseal } from './sealed-record.ts'

/** A peer of the configuration. */
export interface PeerAddress {
  readonly id: PeerId
  readonly name: string
  /** `host:port` of its peer listener. */
  readonly address: string
}

/** A configuration entry of a kind that this release does not know: the peer must stop, never skip it. */
export class UnknownConfChangeError extends Error {
  override readonly name = 'UnknownConfChangeError'
}

/** The data of entry 1: all peers become voters. The same bytes whatever the order of the list. */
export function bootstrapChange(peers: readonly PeerAddress[]): Uint8Array {
  const ascending = [...peers].sort((one, other) => (one.id < other.id ? -1 : 1))
  const change = create(ConfChangeSchema, {
    transition: ConfTransition.BOOTSTRAP,
    steps: ascending.map(({ id, name, address }) => ({
      kind: ConfChangeKind.ADD_VOTER,
      peer: { id, name, address },
    })),
  })
  return toBinary(ConfChangeSchema, change)
}

/**
 * The configuration that a configuration entry makes. Only entry 1 can make one: membership does not change yet, and
 * an entry that changes it was written by a newer release. Throws `UnknownConfChangeError`.
 */
export function configurationOf(entry: { readonly index: number; readonly data: Uint8Array }): Configuration {
  const change = fromBinary(ConfChangeSchema, entry.data)
  const known =
    entry.index === 1 &&
    change.transition === ConfTransition.BOOTSTRAP &&
    change.steps.every((step) => step.kind === ConfChangeKind.ADD_VOTER && step.peer !== undefined)
  if (!known) throw new UnknownConfChangeError(`entry ${entry.index} changes the membership in an unknown way`)
  const peers = change.steps.map((step) => step.peer!)
  return create(ConfigurationSchema, { index: BigInt(entry.index), peers, voters: peers.map((peer) => peer.id) })
}

/** The part of a configuration that the core works with. */
export function confStateOf(configuration: Configuration): ConfState {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  return { voters, votersOutgoing, learners, learnersNext, autoLeave }
}

/** The record that stands beside the log. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  return seal(toBinary(ConfigurationSchema, configuration))
}

/** Undefined if the bytes are not what `encodeConfiguration` wrote. */
export function decodeConfiguration(bytes: Uint8Array): Configuration | undefined {
  const content = unseal(bytes)
  return content === undefined ? undefined : fromBinary(ConfigurationSchema, content)
}
