import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ConfigurationSchema, type Configuration } from '../../gen/trivet/raft/v1/configuration_pb.ts'
import { checkConfChange, confStateAfter } from '../core/conf-change.ts'
import type { ConfState, PeerId } from '../core/types.ts'
import { readConfChange, UnknownConfChangeError } from './conf-change-entry.ts'
import { seal, unseal } from './sealed-record.ts'

/** A peer of the configuration. */
export interface PeerAddress {
  readonly id: PeerId
  readonly name: string
  /** `host:port` of its peer listener. */
  readonly address: string
}

/** Nobody takes part: what a log says before its first entry. */
export const emptyConfiguration: Configuration = create(ConfigurationSchema, {})

/**
 * The configuration that a configuration entry makes of the one before it, with everybody's address. The lists are the
 * core's; a peer that is named again gets its new name and address. Throws `UnknownConfChangeError` for an entry that
 * this release does not understand, or that cannot follow this configuration.
 */
export function configurationAfter(
  before: Configuration,
  entry: { readonly index: number; readonly data: Uint8Array },
): Configuration {
  const { change, peers: named } = readConfChange(entry)
  const problem = checkConfChange(confStateOf(before), change)
  if (problem !== undefined) throw new UnknownConfChangeError(entry.index, problem)
  const after = confStateAfter(confStateOf(before), change)
  const known = new Map([...before.peers, ...named].map((peer) => [peer.id, peer]))
  const peers = idsOf(after).map((id) => {
    const peer = known.get(id)
    if (peer === undefined) throw new UnknownConfChangeError(entry.index, `the address of peer ${id} is missing`)
    return { id, name: peer.name, address: peer.address }
  })
  return create(ConfigurationSchema, { index: BigInt(entry.index), peers, ...mutable(after) })
}

/** Everybody who takes part in any way, ascending. */
function idsOf({ voters, votersOutgoing, learners, learnersNext }: ConfState): readonly PeerId[] {
  return [...new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext])].sort()
}

function mutable({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState) {
  return {
    voters: [...voters],
    votersOutgoing: [...votersOutgoing],
    learners: [...learners],
    learnersNext: [...learnersNext],
    autoLeave,
  }
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
