/**
 * How a damage showed. `snapshot refused`: that of another peer, which sends another one. `ended its process`: by itself,
 * and nothing was lost when it started again. `nothing lost`: it went on with what is there, which is right only where
 * the damage took nothing away: see `unnoticed`.
 */
export type Outcome =
  | 'refused to start'
  | 'says it is damaged'
  | 'repaired by the others'
  | 'state made anew'
  | 'snapshot refused'
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
  /** What the damage took away, as it is seen from outside before the peer starts again. */
  readonly lost: readonly string[]
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
  /** Cells in which something was taken away that the peer had promised or had been given. */
  readonly lossy: number
  readonly skippedCells: number
  /** How many cells were skipped for each reason, the most frequent first. */
  readonly skippedFor: readonly { readonly reason: string; readonly cells: number }[]
  readonly skipped: readonly { readonly cell: string; readonly reason: string }[]
  readonly wrong: readonly { readonly cell: string; readonly what: string }[]
  readonly table: readonly Cell[]
}

export function reportOf(seed: number, table: readonly Cell[], wrongInTheEnd: readonly string[]): Report {
  const ran = table.filter(({ outcome }) => outcome !== 'skipped')
  const skipped = table.filter(({ outcome }) => outcome === 'skipped')
  const name = ({ target, fault }: Cell) => `${target}: ${fault}`
  const count = (holds: (cell: Cell) => boolean) => ran.filter(holds).length
  return {
    seed,
    cells: ran.length,
    detected: count(({ outcome }) => outcome !== 'nothing lost'),
    repaired: count(({ repaired }) => repaired),
    harmless: count(({ outcome }) => outcome === 'nothing lost'),
    refused: count(({ repaired }) => !repaired),
    lossy: count(({ lost }) => lost.length > 0),
    skippedCells: skipped.length,
    skippedFor: countReasons(skipped),
    skipped: skipped.map((cell) => ({ cell: name(cell), reason: cell.reason })),
    wrong: [
      ...ran.flatMap((cell) => cell.wrong.map((what) => ({ cell: name(cell), what }))),
      ...wrongInTheEnd.map((what) => ({ cell: 'in the end', what })),
    ],
    table,
  }
}

function countReasons(skipped: readonly Cell[]): Report['skippedFor'] {
  const counts = new Map<string, number>()
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, cells]) => ({ reason, cells })).toSorted((one, other) => other.cells - one.cells)
}

/** For people: one line a cell, then what it comes to, and what was not tried. */
export function textOf(report: Report): string {
  const { cells, detected, repaired, harmless, refused, lossy, skippedCells, skippedFor, skipped, wrong } = report
  const sum =
    `${cells} cells: ${detected} detected, ${repaired} repaired, ${harmless} harmless, ${refused} refused, ` +
    `${lossy} with a loss, ${wrong.length} wrong`
  if (skippedCells === 0) return `${tableOf(report)}\n${sum}\nNo cell was skipped.\n`
  const whys = skippedFor.flatMap(({ reason, cells: count }) => [
    `  ${count}: ${reason}`,
    ...skipped.filter((one) => one.reason === reason).map(({ cell }) => `       ${cell}`),
  ])
  const notice = `NOT TRIED: ${skippedCells} of ${cells + skippedCells} cells were skipped`
  return `${tableOf(report)}\n${sum}\n${notice}\n${whys.join('\n')}\n`
}

function tableOf({ table }: Report): string {
  const lines = table.map(({ target, fault, outcome, repaired, reason, wrong }) => {
    const end = outcome === 'skipped' ? '' : repaired ? 'takes part again' : 'stays out'
    const mark = wrong.length === 0 ? ' ' : '!'
    return [`${mark} ${target.padEnd(48)}`, fault.padEnd(30), outcome.padEnd(22), end.padEnd(17), wrong[0] ?? reason]
      .join(' ')
      .slice(0, 220)
      .trimEnd()
  })
  return `${lines.join('\n')}\n`
}
