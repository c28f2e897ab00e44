import { create } from '@bufbuild/protobuf'
import { HelloSchema, type Hello } from '../../gen/trivet/raft/v1/peer_pb.ts'
import type { PeerId } from '../core/types.ts'
import { whatIsForgotten, type Acquaintances, type Introduction } from '../store/acquaintance.ts'

/** Form of the messages between peers. Two peers speak only if they have the same one. */
export const wireVersion = 1

/** What a peer says of itself before anything else. */
export interface HelloFacts {
  readonly clusterId: string
  readonly self: PeerId
  /** Name and address by which this peer is known, or wants to be. */
  readonly name: string
  readonly address: string
  /** The state versions that this peer can apply. */
  readonly stateVersions: { readonly min: number; readonly max: number }
  /** Opaque; equal for equal sealing keys. */
  readonly sealingKeyFingerprint: Uint8Array
  readonly acquaintances: Acquaintances
}

/** What a peer knows of the configuration: it changes while connections stand. */
export interface Standing {
  /** Index of the newest configuration that it has applied. */
  readonly index: number
  /** It is a part of that. */
  readonly isNamed: boolean
}

/** Of a peer that has not heard of any configuration. */
export const noStanding: Standing = { index: 0, isNamed: false }

export function helloTo(to: PeerId, facts: HelloFacts, standing: Standing): Hello {
  return create(HelloSchema, {
    clusterId: facts.clusterId,
    from: facts.self,
    to,
    wireVersion,
    stateVersionMin: facts.stateVersions.min,
    stateVersionMax: facts.stateVersions.max,
    sealingKeyFingerprint: facts.sealingKeyFingerprint,
    formatNonce: facts.acquaintances.own.nonce,
    starts: BigInt(facts.acquaintances.own.starts),
    run: facts.acquaintances.own.run,
    configurationIndex: BigInt(standing.isNamed ? standing.index : 0),
    name: facts.name,
    address: facts.address,
  })
}

/**
 * Why a peer that said this hello must not be spoken with; undefined if it may be. `peers` are those that it may be:
 * all others of the cluster for the accepting side, the dialled one for the dialling side; or one that goes by a newer
 * configuration, if it says at which address it is. The reason is written for
 * the operator of the other peer, who reads it as the last error of the connection.
 */
export function refusalOf(
  hello: Hello,
  own: HelloFacts,
  known: { readonly peers: ReadonlySet<PeerId>; readonly standing: Standing },
): string | undefined {
  if (hello.wireVersion !== wireVersion) {
    return `it speaks wire version ${hello.wireVersion}, and peer ${own.self} speaks ${wireVersion}`
  }
  if (hello.clusterId !== own.clusterId) {
    return `it belongs to cluster ${hello.clusterId}, and peer ${own.self} to cluster ${own.clusterId}`
  }
  if (hello.to !== own.self) return `it means peer ${hello.to}, but this is peer ${own.self}`
  const isNewer = hello.configurationIndex > known.standing.index && hello.address !== ''
  if (!known.peers.has(hello.from) && !isNewer) {
    return `peer ${own.self} does not know peer ${hello.from}: it takes no part since entry ${known.standing.index}`
  }
  const { min, max } = own.stateVersions
  if (hello.stateVersionMin > max || hello.stateVersionMax < min) {
    const theirs = `${hello.stateVersionMin} to ${hello.stateVersionMax}`
    return `it knows state versions ${theirs}, and peer ${own.self} knows ${min} to ${max}`
  }
  if (Buffer.compare(hello.sealingKeyFingerprint, own.sealingKeyFingerprint) !== 0) {
    return `it holds another sealing key than peer ${own.self}`
  }
  const forgotten = whatIsForgotten(introductionOf(hello), own.acquaintances.of(hello.from))
  return forgotten === undefined ? undefined : `${forgotten} since peer ${own.self} met it: ${hasForgotten}`
}

/** How a refusal ends whose reader has to take itself out. */
const hasForgotten = 'it has forgotten what it promised, and must not take part under its old id'

/** How this peer calls its own refusal of one that it has dialled. */
export function refusedHere(peer: PeerId, refusal: string): string {
  return `peer ${peer} is refused here: ${refusal}`
}

/** Whether another peer refuses this one, and not this one another, because it has forgotten what it promised. */
export function isForgetful(refusal: string): boolean {
  return refusal.endsWith(hasForgotten) && !refusal.startsWith('peer ')
}

function introductionOf({ formatNonce, starts, run }: Hello): Introduction {
  return { nonce: formatNonce, starts: Number(starts), run }
}

/** Remembers a peer whose hello was not refused, as it is now. */
export function meet(hello: Hello, { acquaintances }: HelloFacts): void {
  const now = introductionOf(hello)
  const known = acquaintances.of(hello.from)
  if (now.nonce === '' || (known?.starts === now.starts && known.run === now.run)) return
  acquaintances.remember(hello.from, now)
}
