import { trivetError } from '../../lib/errors.ts'
import { digestOf, type Collected } from './collect.ts'

/** With which log all peers go on, and what that leaves out. */
export interface RecoveryPlan {
  readonly version: 1
  readonly clusterId: string
  /** Directory of the peer whose log it is. */
  readonly source: string
  readonly lastIndex: number
  readonly lastRevision: number
  readonly term: number
  /** Of entries that were there once and are nowhere now; `to` is 0 if there are none. */
  readonly lostIndexes: { readonly from: number; readonly to: number }
  readonly lostRevisions: { readonly from: number; readonly to: number }
  readonly directories: readonly { readonly directory: string; readonly peerId: string; readonly peerName: string }[]
  readonly formatEpoch: number
  /** Kept while no revision is lost; a new one makes clients list again. */
  readonly incarnation: string
  /** Of what was collected: nothing may have changed when it is applied. */
  readonly digest: string
}

/**
 * The plan for all peers of a cluster. The log that reaches furthest, by term and then index, holds whatever any of
 * them may have committed and is left (thesis §3.6.1). `newIncarnation` is used if revisions are lost.
 * Throws RECOVERY_REFUSED.
 */
export function planOf(all: readonly Collected[], newIncarnation: string): RecoveryPlan {
  const [source] = all
    .filter(({ lastIndex }) => lastIndex > 0)
    .sort((one, other) => other.lastTerm - one.lastTerm || other.lastIndex - one.lastIndex)
  if (source === undefined) throw refused('no log of these can be read, not even its beginning')
  const named = all.find(({ clusterId }) => clusterId !== '')
  if (named === undefined) throw refused('no identity of these can be read')
  const directories = assign(all, source, named.clusterId)
  const knownIndex = Math.max(...all.map((one) => one.knownIndex))
  const knownRevision = Math.max(...all.map((one) => one.knownRevision))
  const isLost = knownIndex > source.lastIndex
  return {
    version: 1,
    clusterId: named.clusterId,
    source: source.directory,
    lastIndex: source.lastIndex,
    lastRevision: source.lastRevision,
    term: Math.max(...all.map((one) => one.knownTerm)) + 1,
    lostIndexes: isLost ? { from: source.lastIndex + 1, to: knownIndex } : { from: 0, to: 0 },
    lostRevisions: isLost ? { from: source.lastRevision + 1, to: knownRevision } : { from: 0, to: 0 },
    directories,
    formatEpoch: named.formatEpoch,
    incarnation: isLost ? newIncarnation : named.incarnation,
    digest: digestOf(all),
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

/** What the operator has to know before anything is done. */
export function planText(plan: RecoveryPlan, all: readonly Collected[]): string {
  const lines = all.map(({ directory, peerName, lastIndex, lastRevision, damage }) => {
    const end = lastIndex === 0 ? 'nothing of its log can be read' : `whole up to entry ${lastIndex}`
    const revision = lastIndex === 0 ? '' : `, revision ${lastRevision}`
    return `  ${peerName === '' ? '(no identity)' : peerName}  ${directory}: ${end}${revision}${damage === '' ? '' : `; ${damage}`}`
  })
  const { lostIndexes, lostRevisions } = plan
  const lost =
    lostIndexes.to === 0
      ? 'Nothing that any of them knows of is lost.'
      : `Lost for good: entries ${lostIndexes.from} to ${lostIndexes.to}, ${revisionsText(lostRevisions)}.`
  return [
    'What is left:',
    ...lines,
    `All go on with the log of ${plan.source}, up to entry ${plan.lastIndex}, revision ${plan.lastRevision}, in term ${plan.term}.`,
    lost,
    '',
  ].join('\n')
}

function revisionsText({ from, to }: { readonly from: number; readonly to: number }): string {
  // What the state of nobody had applied yet leaves no trace of its revisions.
  return to < from ? `the revisions from ${from} on` : `revisions ${from} to ${to}`
}
