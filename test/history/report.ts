import type { Judgement } from './check-history.ts'
import type { HistoryError } from './format/history-error.ts'
import type { Verdict } from './model/violation.ts'

/** What the program says of a file; with `--json` this is all that is on stdout. */
export type Report =
  | ({ readonly file: string } & Judgement)
  | { readonly file: string; readonly verdict: 'unreadable'; readonly line: number; readonly reason: string }

/** Exit codes: a verdict that was not reached is no success. */
export const exitCodes = { ok: 0, violation: 1, unreadable: 2, unknown: 3 } as const

export function unreadable({ file, line, reason }: Pick<HistoryError, 'file' | 'line' | 'reason'>): Report {
  return { file, verdict: 'unreadable', line, reason }
}

/** The report for a person. */
export function reportInWords(report: Report): string {
  if (report.verdict === 'unreadable') return `unreadable  ${report.file}:${report.line}: ${report.reason}\n`
  const { counts, revisions, linearizability, verdict, file } = report
  const { operations, writes, reads, processes, changes, retries } = counts
  return [
    `${verdict}  ${file}`,
    `  ${operations} operations of ${processes} processes: ${writes} writes, ${reads} reads, ${retries} of them retries; ${changes} changes`,
    `  ${counts.ok} ok, ${counts.refused} refused, ${counts.unknown} unknown, ${counts.failed} failed`,
    `  by revisions: ${verdictInWords(revisions)}`,
    `  by search: ${verdictInWords(linearizability)} (${linearizability.steps} steps)`,
    '',
  ].join('\n')
}

function verdictInWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'ok':
      return 'ok'
    case 'violation': {
      const { line, kind, text } = verdict.first
      const more = verdict.count === 1 ? '' : `, the first of ${verdict.count}`
      return `violation in line ${line} (${kind}${more}): ${text}`
    }
    case 'unknown':
      return `unknown: ${verdict.reason}`
    case 'not_applicable':
      return `not applicable: ${verdict.reason}`
  }
}
