import { compare, type Difference, type KnownCounts } from './comparison.ts'
import type { EtcdNode } from './etcd-node.ts'
import { addCounts, type HappeningCounts, type HappeningName } from './happenings.ts'
import type { Schedule } from './operation.ts'
import { OurCluster } from './our-cluster.ts'
import type { MakeCore } from './our-node.ts'
import { ScheduleGenerator, type Drawn } from './schedule-generator.ts'
import { shorten } from './shortening.ts'

/** Schedules that etcd works on while the next one is drawn. */
const ahead = 4

/** A schedule in which the two sides part, as it was drawn and as short as it still does. */
export interface FailedSchedule {
  readonly seed: number
  readonly difference: Difference
  readonly shortened: Schedule
  readonly shortenedDifference: Difference
}

export interface RunReport {
  readonly schedules: number
  readonly steps: number
  readonly failures: readonly FailedSchedule[]
  readonly known: KnownCounts
  readonly happenings: HappeningCounts
}

/** Failures after which a run ends: more of them say nothing new. */
export const failuresMax = 5

/** Draws one schedule for each seed from `seed` on and compares both sides in it. */
export async function runComparison(
  etcd: EtcdNode,
  options: {
    readonly seed: number
    readonly schedules: number
    readonly makeCore?: MakeCore
  },
): Promise<RunReport> {
  const known: KnownCounts = new Map()
  const happenings = new Map<HappeningName, number>()
  const failures: FailedSchedule[] = []
  let schedules = 0
  let steps = 0
  const pending: { readonly drawn: Drawn; readonly lines: Promise<readonly string[]> }[] = []
  const finish = async (): Promise<void> => {
    const { drawn, lines } = pending.shift()!
    const difference = compare(drawn.steps, await lines, known)
    schedules++
    steps += drawn.steps.length
    addCounts(happenings, drawn.happenings)
    if (difference !== undefined) failures.push(await shortenFailure(drawn, difference))
  }
  const shortenFailure = async (drawn: Drawn, difference: Difference): Promise<FailedSchedule> => {
    const operations = drawn.steps.map(({ operation }) => operation)
    const schedule: Schedule = { seed: drawn.seed, setting: drawn.setting, operations }
    const repeat = (shorter: Schedule) => compareSchedule(etcd, shorter, options.makeCore)
    const shortened = await shorten(schedule, async (shorter) => (await repeat(shorter)) !== undefined)
    return { seed: drawn.seed, difference, shortened, shortenedDifference: (await repeat(shortened)) ?? difference }
  }
  for (let at = 0; at < options.schedules && failures.length < failuresMax; at++) {
    const drawn = new ScheduleGenerator(options.seed + at, options.makeCore).run()
    pending.push({ drawn, lines: etcd.replay(forEtcd(drawn)) })
    if (pending.length > ahead) await finish()
  }
  while (pending.length > 0) await finish()
  return { schedules, steps, failures, known, happenings }
}

/** Repeats a schedule that is given; what is not possible in it is left out. */
export async function compareSchedule(
  etcd: EtcdNode,
  schedule: Schedule,
  makeCore?: MakeCore,
): Promise<Difference | undefined> {
  const cluster = new OurCluster(schedule.setting, makeCore)
  const steps = schedule.operations.flatMap((operation) => cluster.carryOut(operation) ?? [])
  return compare(steps, await etcd.replay(forEtcd({ setting: schedule.setting, steps })), new Map())
}

function forEtcd({ setting, steps }: Pick<Drawn, 'setting' | 'steps'>): object {
  return { ...setting, ops: steps.flatMap((step) => step.forEtcd ?? []) }
}
