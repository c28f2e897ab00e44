import type { Cluster } from './cluster.ts'
import { Readiness } from './readiness.ts'

/** What readiness asks. Each reason is in words, '' if there is none. */
export interface PeerConditions {
  readonly stopping: () => boolean
  readonly damaged: () => string
  readonly repairing: () => string
  readonly disputed: () => string
  /** Why only reads and deletions are taken. */
  readonly storage: () => string
  /** The leader as far as this peer knows; '' if none. */
  readonly leader: () => string
  readonly isConfirmed: () => boolean
  readonly nodesMissing: () => string
}

/** What has to hold before this peer is ready: in the order in which it matters. */
export function peerReadiness(cluster: Pick<Cluster, 'self' | 'peers'>, conditions: PeerConditions): Readiness {
  const { stopping, damaged, repairing, disputed, storage, leader, isConfirmed, nodesMissing } = conditions
  const readiness = new Readiness()
  readiness.add('running', () => (stopping() ? 'it is stopping' : ''))
  readiness.add('undamaged', () => (damaged() === '' ? '' : `it is damaged: ${damaged()}`))
  readiness.add('repaired', () => (repairing() === '' ? '' : `it is being repaired: ${repairing()}`))
  readiness.add('agreement', () => (disputed() === '' ? '' : `nothing can be written: ${disputed()}`))
  // Reads go on, so it is ready: whoever looks should know all the same.
  readiness.note('storage', () => (storage() === '' ? '' : `only reads and deletions are taken: ${storage()}`))
  readiness.add('leader', () => (leader() === '' ? noLeader(cluster) : ''))
  readiness.add('caught-up', () => (isConfirmed() ? '' : 'it has not applied what the leader confirmed'))
  readiness.add('boot-listener', nodesMissing)
  return readiness
}

function noLeader({ self, peers }: Pick<Cluster, 'self' | 'peers'>): string {
  const others = peers.filter(({ id }) => id !== self.id).map(({ name }) => name)
  return others.length === 0 ? 'it does not lead yet' : `no leader is known; the other peers are ${others.join(', ')}`
}
