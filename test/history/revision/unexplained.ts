import type { KeyState } from '../model/key-step.ts'
import type { Violation } from '../model/violation.ts'
import { operationInWords, outcomeInWords, recordInWords, stateInWords } from '../model/words.ts'
import type { KeyEvent } from './key-event.ts'
import type { KeyHistory } from './key-history.ts'

/** An answer that the row of its revision does not give, in words. */
export function unexplained(
  { key, hidden }: KeyHistory,
  { event, state }: { readonly event: KeyEvent; readonly state: KeyState },
): Violation {
  const line = Number.isFinite(event.source.end) ? event.source.end : event.source.begin
  const text = `${saying(key, event)}, but ${event.isWrite ? 'before that' : 'there'} ${stateInWords(state)}`
  return { kind: 'wrong_result', line, text: `${text}${besides(hidden.length)}` }
}

function saying(key: string, { step, source, revision }: KeyEvent): string {
  switch (step.kind) {
    case 'pin':
      return `${recordInWords(source)} shows that a write of unknown outcome left ${key} at revision ${revision}`
    case 'write':
      return `${operationInWords(step.operation)} was carried out at revision ${revision}: ${outcomeInWords(source)}`
    case 'refused':
      return `at revision ${revision}: ${outcomeInWords(source)}`
    case 'read':
      if (source.operation.kind === 'get' || step.row !== null)
        return `at revision ${revision}: ${outcomeInWords(source)}`
      return `at revision ${revision} ${key} is not in the list: ${outcomeInWords(source)}`
  }
}

function besides(count: number): string {
  if (count === 0) return ''
  return count === 1
    ? '; the one write of unknown outcome to it does not explain it'
    : `; none of the ${count} writes of unknown outcome to it explains it`
}
