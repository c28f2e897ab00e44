/**
 * What was found of each part of a data directory.
 *
 * - log: `broken` is every way of not being whole, an empty database included.
 * - vote: `stale` is behind what the log says was voted.
 * - witness: `lost` names an entry that the log does not hold.
 */
export interface Findings {
  readonly identity: 'absent' | 'own' | 'other' | 'broken'
  readonly log: 'absent' | 'whole' | 'broken'
  readonly vote: 'absent' | 'current' | 'stale' | 'broken'
  readonly witness: 'absent' | 'kept' | 'lost' | 'broken'
}

/** Part of the data directory that cannot be believed. A lost vote weighs more than a lost log: see raft.md §4. */
export type DamagedPart = 'identity' | 'log' | 'vote' | 'witness'

export type Outcome =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'healthy' }
  /** The directory of another cluster or peer: nothing is touched. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'damaged'; readonly part: DamagedPart; readonly reason: string }

type Row = { readonly [Part in keyof Findings]: readonly Findings[Part][] } & { readonly outcome: Outcome }

const anyLog = ['absent', 'whole', 'broken'] as const
const anyVote = ['absent', 'current', 'stale', 'broken'] as const
const anyWitness = ['absent', 'kept', 'lost', 'broken'] as const
const lostVote = ['absent', 'stale', 'broken'] as const

function damaged(part: DamagedPart, reason: string): Outcome {
  return { kind: 'damaged', part, reason }
}

const nameless = damaged('identity', 'identity.json is missing, but other parts of the data directory are there')

/** Each combination of findings stands in exactly one row; a test proves it. */
export const recoveryTable: readonly Row[] = [
  // Nothing at all: a data directory gets its name only when it is complete, so this is no crash of a first start.
  { identity: ['absent'], log: ['absent'], vote: ['absent'], witness: ['absent'], outcome: { kind: 'fresh' } },

  // Something, but not whose: to make a new directory over it could give a vote twice.
  { identity: ['absent'], log: ['whole', 'broken'], vote: anyVote, witness: anyWitness, outcome: nameless },
  {
    identity: ['absent'],
    log: ['absent'],
    vote: ['current', 'stale', 'broken'],
    witness: anyWitness,
    outcome: nameless,
  },
  {
    identity: ['absent'],
    log: ['absent'],
    vote: ['absent'],
    witness: ['kept', 'lost', 'broken'],
    outcome: nameless,
  },
  {
    identity: ['broken'],
    log: anyLog,
    vote: anyVote,
    witness: anyWitness,
    outcome: damaged('identity', 'the identity cannot be read'),
  },
  { identity: ['other'], log: anyLog, vote: anyVote, witness: anyWitness, outcome: { kind: 'refused' } },

  // The log is gone or has holes.
  {
    identity: ['own'],
    log: ['absent'],
    vote: ['current'],
    witness: anyWitness,
    outcome: damaged('log', 'the log is missing'),
  },
  {
    identity: ['own'],
    log: ['broken'],
    vote: ['current'],
    witness: anyWitness,
    outcome: damaged('log', 'the log is damaged'),
  },
  {
    identity: ['own'],
    log: ['absent', 'broken'],
    vote: lostVote,
    witness: anyWitness,
    outcome: damaged('vote', 'the log and the vote are damaged'),
  },

  // The log is whole, but the vote is not what was promised.
  {
    identity: ['own'],
    log: ['whole'],
    vote: lostVote,
    witness: anyWitness,
    outcome: damaged('vote', 'the vote is lost'),
  },

  // The log is whole as far as it goes.
  {
    identity: ['own'],
    log: ['whole'],
    vote: ['current'],
    witness: ['lost'],
    outcome: damaged('log', 'the end of the log is lost'),
  },
  {
    identity: ['own'],
    log: ['whole'],
    vote: ['current'],
    witness: ['absent', 'broken'],
    outcome: damaged('witness', 'nothing tells whether the end of the log is lost'),
  },
  { identity: ['own'], log: ['whole'], vote: ['current'], witness: ['kept'], outcome: { kind: 'healthy' } },
]

/** What to do with a data directory of these findings. */
export function recover(findings: Findings): Outcome {
  const row = recoveryTable.find((candidate) => matches(candidate, findings))
  if (row === undefined) throw new Error(`no row for ${JSON.stringify(findings)}`)
  return row.outcome
}

export function matches(row: Row, findings: Findings): boolean {
  return (
    row.identity.includes(findings.identity) &&
    row.log.includes(findings.log) &&
    row.vote.includes(findings.vote) &&
    row.witness.includes(findings.witness)
  )
}
