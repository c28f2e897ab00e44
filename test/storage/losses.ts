import type { Holdings, StateHoldings } from './holdings.ts'
import type { Outcome } from './verdict.ts'

/** Something that a peer had, and that somebody may count on, is gone or is something else. */
export interface Loss {
  readonly part: 'log' | 'vote' | 'identity' | 'witness' | 'state' | 'sealing key'
  readonly what: string
}

/**
 * What a damage has taken away. The state may be of an earlier moment, and whole: it is written behind, and the log
 * brings the rest. `appliedIndex` is an entry that the peer is known to have had after `before` was seen.
 */
export function lossesOf(before: Holdings, after: Holdings, appliedIndex = 0): readonly Loss[] {
  const loss = (part: Loss['part'], ...whats: readonly string[]) => whats.map((what) => ({ part, what }))
  return [
    ...loss('log', ...logLosses(before, after, appliedIndex)),
    ...loss('vote', ...voteLosses(before, after)),
    ...loss('identity', ...identityLosses(before, after)),
    ...loss('witness', ...(before.hasWitness && !after.hasWitness ? ['neither slot can be read'] : [])),
    ...loss('state', ...stateLosses(before, after)),
    ...loss('sealing key', ...(before.sealKey === after.sealKey ? [] : ['it is not the one that it was'])),
  ]
}

function logLosses(before: Holdings, after: Holdings, appliedIndex: number): readonly string[] {
  const gone = [...before.entries].filter(([index, digest]) => after.entries.get(index) !== digest)
  const isCutThere = after.beginning !== undefined && after.beginning >= appliedIndex
  return [
    ...(gone.length === 0
      ? []
      : [`${gone.length} of ${before.entries.size} entries are gone or changed, entry ${gone[0]![0]} first`]),
    ...(appliedIndex === 0 || isCutThere || after.entries.has(appliedIndex)
      ? []
      : [`entry ${appliedIndex} is gone, which it had applied`]),
    ...(before.beginning === after.beginning ? [] : ['where it begins is lost or changed']),
    ...(before.configuration === after.configuration ? [] : ['its configuration is lost or changed']),
  ]
}

/** A vote stands in three places: whoever still knows it, or a later term, gives no second one. */
function voteLosses(before: Holdings, after: Holdings): readonly string[] {
  const newest = before.votes.toSorted((one, other) => other.term - one.term || other.vote.length - one.vote.length)[0]
  if (newest === undefined) return []
  const isKnown = after.votes.some(
    ({ term, vote }) => term > newest.term || (term === newest.term && vote === newest.vote),
  )
  return isKnown ? [] : [`nothing tells of term ${newest.term} and the vote in it`]
}

function identityLosses(before: Holdings, after: Holdings): readonly string[] {
  const newest = before.identities.toSorted((one, other) => other.starts - one.starts)[0]
  if (newest === undefined) return []
  const { nonce, peerId, starts } = newest
  const isKept = after.identities.some(
    (identity) => identity.nonce === nonce && identity.peerId === peerId && identity.starts >= starts,
  )
  return isKept ? [] : [`nothing tells that it was opened ${starts} times`]
}

function stateLosses(before: Holdings, after: Holdings): readonly string[] {
  const [was, is] = [before.state, after.state]
  if (was?.mark === undefined) return []
  if (is?.mark === undefined) return ['it cannot be read']
  const changed = [...changedRows(was, is), ...(is.mark.digest === was.mark.digest ? changedOutcomes(was, is) : [])]
  return [
    ...(changed.length === 0 ? [] : [`${changed.length} rows are not those of its mark, ${changed[0]} among them`]),
    ...(is.mark.index < (after.beginning ?? 0)
      ? [`it ends with entry ${is.mark.index}, and the log begins behind entry ${after.beginning}`]
      : []),
  ]
}

/** Rows that a state with this mark cannot have, or cannot lack. Nothing is removed in a campaign. */
function changedRows(was: StateHoldings, is: StateHoldings): readonly string[] {
  const [from, to] = [was.mark!.revision, is.mark!.revision]
  const lacking = [...was.rows].filter(([key, row]) => {
    const now = is.rows.get(key)
    return row.revision <= to && row.digest !== now?.digest && !(now !== undefined && now.revision > from)
  })
  const strange = [...is.rows].filter(([key, { revision }]) => revision <= from && !was.rows.has(key))
  return [...lacking, ...strange].map(([key]) => key)
}

function changedOutcomes(was: StateHoldings, is: StateHoldings): readonly string[] {
  const keys = new Set([...was.outcomes.keys(), ...is.outcomes.keys()])
  return [...keys].filter((key) => was.outcomes.get(key) !== is.outcomes.get(key))
}

/** Losses that this end shows: those of every part if the peer stays out, and else those that were made good. */
function isShown({ part }: Loss, outcome: Outcome): boolean {
  if (outcome === 'refused to start' || outcome === 'says it is damaged') return true
  if (outcome === 'repaired by the others') return part !== 'sealing key'
  return outcome === 'state made anew' && part === 'state'
}

/** What is wrong with an end that shows less than what was lost. */
export function unnoticed(losses: readonly Loss[], outcome: Outcome): readonly string[] {
  return losses
    .filter((loss) => !isShown(loss, outcome))
    .map(({ part, what }) => `it went on as if nothing was missing (${outcome}), but of its ${part}: ${what}`)
}
