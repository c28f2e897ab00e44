import type { Entry, PeerId } from '../types.ts'
import { decodeText } from './text.ts'

/** A configuration as the checker counts it. */
export interface ModelConf {
  readonly voters: ReadonlySet<PeerId>
  readonly outgoing: ReadonlySet<PeerId>
  readonly learners: ReadonlySet<PeerId>
  /** Voters that are left behind and become learners then. */
  readonly next: ReadonlySet<PeerId>
}

export const emptyModelConf: ModelConf = {
  voters: new Set(),
  outgoing: new Set(),
  learners: new Set(),
  next: new Set(),
}

/**
 * What a configuration entry makes of a configuration, thought out a second time from the words of `conf-text.ts` alone,
 * so that the checker of safety does not count by the core's own arithmetic.
 */
export function modelAfter(before: ModelConf, entry: Entry): ModelConf {
  const words = decodeText(entry.data).split(' ').filter(Boolean)
  if (words.length === 0) {
    return { ...emptyModelConf, voters: before.voters, learners: new Set([...before.learners, ...before.next]) }
  }
  const marks = words.filter((word) => /^[+~-]/.test(word))
  const isJoint = words[0] === 'joint' || words[0] === 'explicit' || (words[0] !== 'bootstrap' && marks.length > 1)
  const outgoing = isJoint ? before.voters : new Set<PeerId>()
  /** The last mark of a peer decides, for each takes back the one before. */
  const markOf = new Map(marks.map((word) => [word.slice(1), word[0]!]))
  const chosen = (kept: ReadonlySet<PeerId>, mark: string, fits: (id: PeerId) => boolean) =>
    new Set([
      ...[...kept].filter((id) => !markOf.has(id)),
      ...[...markOf.keys()].filter((id) => markOf.get(id) === mark && fits(id)),
    ])
  return {
    outgoing,
    voters: chosen(before.voters, '+', () => true),
    learners: chosen(before.learners, '~', (id) => !outgoing.has(id)),
    next: chosen(new Set(), '~', (id) => outgoing.has(id)),
  }
}

/** Whether these are more than half of the voters, and of those that are being left. */
export function isModelQuorum(conf: ModelConf, ids: ReadonlySet<PeerId>): boolean {
  return [conf.voters, conf.outgoing].every(
    (half) => half.size === 0 || [...half].filter((id) => ids.has(id)).length * 2 > half.size,
  )
}

/** `voters|outgoing|learners|next`, to compare. */
export function modelText(conf: ModelConf): string {
  return [conf.voters, conf.outgoing, conf.learners, conf.next].map((ids) => [...ids].sort().join(',')).join('|')
}
