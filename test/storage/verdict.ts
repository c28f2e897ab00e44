/**
 * How a damage showed. `ended its process`: nothing was lost when it started again. `nothing lost`: what is there is all
 * that was there, which the campaign has compared.
 */
export type Outcome =
  | 'refused to start'
  | 'says it is damaged'
  | 'repaired by the others'
  | 'state made anew'
  | 'ended its process'
  | 'nothing lost'

/** One cell of the matrix. */
export interface Cell {
  readonly target: string
  readonly fault: string
  readonly outcome: Outcome | 'skipped'
  /** What the peer said, or why the cell was skipped. */
  readonly reason: string
  /** The peer takes part again, with everything, and nobody has done anything but start it. */
  readonly repaired: boolean
  /** What must not have happened. */
  readonly wrong: readonly string[]
}

/** What `npm run storage:matrix -- --json` prints. */
export interface Report {
  readonly seed: number
  readonly cells: number
  /** Cells in which the peer said that something was wrong. */
  readonly detected: number
  /** Cells in which it took part again by itself. */
  readonly repaired: number
  /** Cells in which the fault took nothing away. */
  readonly harmless: number
  /** Cells in which the peer must not take part any more, and said why. */
  readonly refused: number
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[]
  readonly wrong: readonly { readonly cell: string; readonly what: string }[]
  readonly table: readonly Cell[]
}

export function reportOf(seed: number, table: readonly Cell[], wrongInTheEnd: readonly string[]): Report {
  const ran = table.filter(({ outcome }) => outcome !== 'skipped')
  const name = ({ target, fault }: Cell) => `${target}: ${fault}`
  const count = (holds: (cell: Cell) => boolean) => ran.filter(holds).length
  return {
    seed,
    cells: ran.length,
    detected: count(({ outcome }) => outcome !== 'nothing lost'),
    repaired: count(({ repaired }) => repaired),
    harmless: count(({ outcome }) => outcome === 'nothing lost'),
    refused: count(({ repaired }) => !repaired),
    skipped: table
      .filter(({ outcome }) => outcome === 'skipped')
      .map((cell) => ({ cell: name(cell), reason: cell.reason })),
    wrong: [
      ...ran.flatMap((cell) => cell.wrong.map((what) => ({ cell: name(cell), what }))),
      ...wrongInTheEnd.map((what) => ({ cell: 'in the end', what })),
    ],
    table,
  }
}

/** For people: one line a cell. */
export function tableOf({ table }: Report): string {
  const lines = table.map(({ target, fault, outcome, repaired, reason, wrong }) => {
    const end = outcome === 'skipped' ? '' : repaired ? 'takes part again' : 'stays out'
    const mark = wrong.length === 0 ? ' ' : '!'
    return [`${mark} ${target.padEnd(26)}`, fault.padEnd(30), outcome.padEnd(22), end.padEnd(17), wrong[0] ?? reason]
      .join(' ')
      .slice(0, 220)
      .trimEnd()
  })
  return `${lines.join('\n')}\n`
}
