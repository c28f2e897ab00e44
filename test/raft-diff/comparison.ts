import type { DifferenceName } from './known-differences.ts'
import type { Observation } from './observation.ts'
import { reshapings, type Pair } from './reshaping.ts'
import type { Step } from './step.ts'

/** Where the two sides first part. */
export interface Difference {
  readonly step: Step
  /** Observations as JSON, after what is known to differ was made alike. */
  readonly ours: string
  readonly etcd: string
}

/** Counts of known differences. */
export type KnownCounts = Map<DifferenceName, number>

/** Compares what both sides did, operation by operation; the first difference ends it, for what follows is nonsense. */
export function compare(
  steps: readonly Step[],
  etcdLines: readonly string[],
  counts: KnownCounts,
): Difference | undefined {
  let line = 0
  for (const step of steps) {
    for (const name of step.known) count(counts, name)
    if (step.forEtcd === undefined) continue
    const etcd = etcdLines[line++]
    if (etcd === undefined) return { step, ours: step.observed, etcd: 'nothing' }
    if (etcd === step.observed) continue
    const difference = compareReshaped(step, etcd, counts)
    if (difference !== undefined) return difference
  }
  return undefined
}

function compareReshaped(step: Step, etcd: string, counts: KnownCounts): Difference | undefined {
  const [ours, theirs] = [JSON.parse(step.observed), JSON.parse(etcd)] as [Observation | string, Observation | string]
  if (typeof ours === 'string' || typeof theirs === 'string') return { step, ours: step.observed, etcd }
  let pair: Pair = { ours, theirs }
  const used: DifferenceName[] = []
  for (const { name, reshape } of reshapings) {
    const reshaped = reshape(pair, step.hints)
    if (reshaped === undefined) continue
    pair = reshaped
    used.push(name)
  }
  const texts = { ours: JSON.stringify(pair.ours), etcd: JSON.stringify(pair.theirs) }
  if (texts.ours !== texts.etcd) return { step, ...texts }
  for (const name of used) count(counts, name)
  return undefined
}

function count(counts: KnownCounts, name: DifferenceName): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
