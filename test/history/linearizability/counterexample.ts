import type { Violation } from '../model/violation.ts'
import { outcomeInWords, recordInWords, stateInWords } from '../model/words.ts'
import type { Budget } from './budget.ts'
import type { Partition } from './partition.ts'
import { partitionUntil } from './partition.ts'
import { Search } from './search.ts'

/** Calls that are shown of an order that explains what came before. */
const orderShownMax = 4

/** Open calls that are shown. */
const openShownMax = 4

/**
 * The shortest beginning of a history that no order explains, in words: the answer with which it ends, an order that
 * explains all before it, and what was open at that moment. A beginning of a linearizable history is linearizable, so
 * it is found by halving. Where the budget ends a search on the way, the beginning is longer than it had to be.
 */
export function counterexample(partition: Partition, budget: () => Budget): Violation {
  const ends = partition.required.map(({ end }) => end).sort((one, other) => one - other)
  const isNone = (line: number) => new Search(partitionUntil(partition, line), budget()).run().kind === 'none'
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isNone(ends[middle]!)) high = middle
    else low = middle + 1
  }
  const line = ends[low]!
  const last = partition.required.find(({ end }) => end === line)!
  const text = `no order of the calls on ${partition.key} explains ${outcomeInWords(last.source)}`
  return {
    kind: 'not_linearizable',
    line,
    text: [text, ...before(partition, line, budget()), ...open(partition, line)].join('; '),
  }
}

/** An order that explains what was answered before a line. */
function before(partition: Partition, line: number, budget: Budget): string[] {
  const found = new Search(partitionUntil(partition, line - 1), budget).run()
  if (found.kind !== 'order') return []
  const state = stateInWords(found.state)
  if (found.order.length === 0) return [`before it ${state}`]
  const shown = found.order.slice(-orderShownMax).map(({ source }) => recordInWords(source))
  return [
    `what was answered before is explained by ${shown.length < found.order.length ? '… ' : ''}${shown.join(', then ')}, behind which ${state}`,
  ]
}

/** What had begun and not ended when the answer came: each may or may not have happened. */
function open({ required, optional }: Partition, line: number): string[] {
  const all = [
    ...required.filter(({ begin, end }) => begin < line && end > line),
    ...optional.filter(({ begin }) => begin < line),
  ]
  if (all.length === 0) return ['nothing else was open']
  const shown = all.slice(-openShownMax).map(({ source }) => recordInWords(source))
  return [`open were ${all.length > shown.length ? `${all.length} calls, among them ` : ''}${shown.join(', ')}`]
}
