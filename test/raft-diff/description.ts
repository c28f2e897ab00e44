import type { FailedSchedule, RunReport } from './comparison-run.ts'
import { knownDifferences, type DifferenceName } from './known-differences.ts'
import { messageCodes } from './observation.ts'
import type { Operation } from './operation.ts'

/** What a person reads at the end of a run. */
export function describeReport(report: RunReport): string {
  const lines = [`${report.schedules} schedules, ${report.steps} steps, ${report.failures.length} differences`]
  lines.push('what happened:')
  for (const [name, count] of report.happenings) lines.push(`  ${count} x ${name}`)
  lines.push('known differences:')
  for (const [name, reason] of Object.entries(knownDifferences)) {
    lines.push(`  ${report.known.get(name as DifferenceName) ?? 0} x ${name}: ${reason}`)
  }
  for (const failure of report.failures) lines.push('', describeFailure(failure))
  return lines.join('\n')
}

/** A difference with all that is needed to look into it. */
export function describeFailure(failure: FailedSchedule): string {
  const { seed, difference, shortened, shortenedDifference } = failure
  return [
    `seed ${seed} (npm run raft:diff -- --schedules 1 --seed ${seed}), step ${difference.step.operation.id}: ${describeOperation(difference.step.operation)}`,
    `  ours ${difference.ours}`,
    `  etcd ${difference.etcd}`,
    `shortened to ${shortened.operations.length} steps, with ${JSON.stringify(shortened.setting.config)}, voters ${shortened.setting.voters.join(' ')}:`,
    ...shortened.operations.map((operation) => `  ${operation.id}: ${describeOperation(operation)}`),
    `  ours ${shortenedDifference.ours}`,
    `  etcd ${shortenedDifference.etcd}`,
  ].join('\n')
}

export function describeOperation(operation: Operation): string {
  const { id: _, kind, peer, ...rest } = operation
  if (operation.kind === 'deliver') {
    const { op, type, to, nth } = operation.message
    const name = Object.entries(messageCodes).find(([, code]) => code === type)?.[0] ?? type
    return `deliver ${name} to ${to}, number ${nth} of those from step ${op}`
  }
  const details = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return [kind, peer, ...details].join(' ')
}
