import { trivetError } from '../../lib/errors.ts'
import { firstIncarnation } from '../state-dir.ts'
import { chooseState, type StateChoice } from './choose-state.ts'
import { digestOf, type Collected } from './collect.ts'

/** With which log and state all peers go on, and what that leaves out. */
export interface RecoveryPlan {
  readonly version: 2
  readonly clusterId: string
  /** Directory of the peer whose log it is. */
  readonly source: string
  /** The last entry of that log that is used. */
  readonly logIndex: number
  readonly state: StateChoice
  /** What all have after it: `logIndex`, or where the state stands that is further. */
  readonly lastIndex: number
  readonly lastTerm: number
  readonly lastRevision: number
  readonly term: number
  /** Of entries that were there once and are nowhere now; `to` is 0 if there are none. */
  readonly lostIndexes: { readonly from: number; readonly to: number }
  /** `to` is the last one that anything speaks of; there may be later ones unless `isExact`. */
  readonly lostRevisions: { readonly from: number; readonly to: number; readonly isExact: boolean }
  readonly directories: readonly { readonly directory: string; readonly peerId: string; readonly peerName: string }[]
  readonly formatEpoch: number
  /** Kept while no revision is lost; a new one makes clients list again. */
  readonly incarnation: string
  /** Of what was collected: nothing may have changed when it is applied. */
  readonly digest: string
}

/**
 * The plan for all peers of a cluster. The log that reaches furthest, by term and then index, holds whatever any of
 * them may have committed and is left (thesis §3.6.1), unless a state is further; `chooseState` says which state goes
 * with it. `newIncarnation` is used if revisions are lost. Throws RECOVERY_REFUSED.
 */
export function planOf(all: readonly Collected[], newIncarnation: string): RecoveryPlan {
  // Of two that end alike the one that reaches further back: more states fit it.
  const [source] = all
    .filter(({ lastIndex }) => lastIndex > 0)
    .toSorted(
      (one, other) =>
        other.lastTerm - one.lastTerm || other.lastIndex - one.lastIndex || one.truncationIndex - other.truncationIndex,
    )
  if (source === undefined) throw refused('no log of these can be read, not even its beginning')
  const named = source.clusterId === '' ? all.find(({ clusterId }) => clusterId !== '') : source
  if (named === undefined) throw refused('no identity of these can be read')
  const directories = assign(all, source, named.clusterId)
  const present = named.incarnation === '' ? firstIncarnation(named.clusterId) : named.incarnation
  const state = stateFor(source, all, present)
  const end = endOf(source, state, all)
  const knownIndex = Math.max(...all.map((one) => one.knownIndex))
  const isLost = knownIndex > end.lastIndex
  return {
    version: 2,
    clusterId: named.clusterId,
    source: source.directory,
    logIndex: source.lastIndex,
    state,
    ...end,
    term: Math.max(...all.map((one) => one.knownTerm)) + 1,
    lostIndexes: isLost ? { from: end.lastIndex + 1, to: knownIndex } : { from: 0, to: 0 },
    lostRevisions: isLost
      ? { from: end.lastRevision + 1, ...knownRevision(all, knownIndex) }
      : { from: 0, to: 0, isExact: true },
    directories,
    formatEpoch: named.formatEpoch,
    incarnation: isLost ? newIncarnation : named.incarnation,
    digest: digestOf(all),
  }
}

function stateFor(source: Collected, all: readonly Collected[], incarnation: string): StateChoice {
  const state = chooseState(source, all, incarnation)
  if (state.kind !== 'none') return state
  const { directory, truncationIndex, lastIndex } = source
  const less = `, or go on with less, from what the others have, by giving an empty directory in place of ${directory}`
  throw refused(
    `the log of ${directory} reaches furthest, to entry ${lastIndex}, but begins behind entry ${truncationIndex}, and ` +
      `no state of these is sound and stands between the two. ${state.reasons.join('. ')}. If there is another copy of ` +
      `any of these directories, give that in its place; otherwise restore a backup into empty directories` +
      (all.length > 1 ? less : ''),
  )
}

/** Where all peers stand after the recovery. */
function endOf(source: Collected, choice: StateChoice, all: readonly Collected[]) {
  const state = choice.kind === 'replayed' ? undefined : all.find((of) => of.directory === choice.directory)?.state
  if (choice.kind === 'ahead' && state !== undefined) {
    return { lastIndex: state.index, lastTerm: state.term, lastRevision: state.revision }
  }
  // A log may hold no transaction any more: then it ends at the revision of the state.
  const lastRevision = Math.max(source.lastRevision, state?.revision ?? 0)
  return { lastIndex: source.lastIndex, lastTerm: source.lastTerm, lastRevision }
}

/** The last revision that anything speaks of. It is the last there was if that speaks of the last entry, too. */
function knownRevision(all: readonly Collected[], knownIndex: number) {
  const ends = all.flatMap((of) => [
    { index: of.lastIndex, revision: of.lastRevision },
    { index: of.state.index, revision: of.state.revision },
  ])
  return {
    to: Math.max(...ends.map(({ revision }) => revision)),
    isExact: ends.some(({ index, revision }) => index === knownIndex && revision > 0),
  }
}

/** Each peer of the configuration has one of the directories; one whose identity is lost has the one that is left. */
function assign(all: readonly Collected[], source: Collected, clusterId: string): RecoveryPlan['directories'] {
  const foreign = all.find((one) => one.clusterId !== '' && one.clusterId !== clusterId)
  if (foreign !== undefined) throw refused(`${foreign.directory} belongs to cluster ${foreign.clusterId}`)
  const missing = source.peers.filter(({ id }) => !all.some(({ peerId }) => peerId === id))
  const nameless = all.filter(({ peerId }) => peerId === '')
  if (all.length !== source.peers.length || nameless.length > 1 || nameless.length !== missing.length) {
    const names = source.peers.map(({ name }) => name).join(', ')
    const known = all.map(({ directory, peerName }) => `${directory} (${peerName === '' ? 'nobody’s' : peerName})`)
    throw refused(
      `the directories of all peers are needed, ${names}, each once, and at most one without an identity; ` +
        `these are ${known.join(', ')}. Give an empty directory for a peer that lost everything`,
    )
  }
  return all.map(({ directory, peerId }) => {
    const peer = source.peers.find(({ id }) => id === peerId) ?? missing[0]!
    return { directory, peerId: peer.id, peerName: peer.name }
  })
}

function refused(reason: string): Error {
  return trivetError('RECOVERY_REFUSED', { reason })
}
