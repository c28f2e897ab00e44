import { randomOf } from '../../src/raft/member/virtual-cluster.ts'
import { Campaign } from './campaign.ts'
import { cellsOfLogAndState, cellsOfMoments, cellsWithCutLog, cellsWithWholeLog, type FileCell } from './cells.ts'
import { runningFaults, targetOf, type RunningFault } from './running-faults.ts'
import { reportOf, type Cell, type Report } from './verdict.ts'

interface NamedCell {
  readonly name: string
  strike(campaign: Campaign): Promise<Cell>
}

/** Is there a cell whose name (`target: fault`) matches? */
export function hasCell(matches: (cell: string) => boolean): boolean {
  return Object.values(cellsFor).some((cells) => cells.some(({ name }) => matches(name)))
}

/** Runs the cells whose names (`target: fault`) match, one after another: those of a whole log, then those of a cut one. */
export async function runMatrix(options: {
  readonly seed: number
  readonly matches: (cell: string) => boolean
  readonly say: (line: string) => void
}): Promise<Report> {
  const { seed, matches, say } = options
  const random = randomOf(seed)
  const table: Cell[] = []
  const wrongInTheEnd: string[] = []
  for (const log of ['whole', 'cut'] as const) {
    const cells = cellsFor[log].filter(({ name }) => matches(name))
    if (cells.length === 0) continue
    const played = await play(cells, () => Campaign.make(log, random), say)
    table.push(...played.table)
    wrongInTheEnd.push(...played.wrongInTheEnd)
  }
  return reportOf(seed, table, wrongInTheEnd)
}

async function play(
  cells: readonly NamedCell[],
  make: () => Promise<Campaign>,
  say: (line: string) => void,
): Promise<{ readonly table: readonly Cell[]; readonly wrongInTheEnd: readonly string[] }> {
  const table: Cell[] = []
  let campaign = await make()
  try {
    for (const cell of cells) {
      if (campaign.isSpent) {
        await campaign.end({ keep: true })
        campaign = await make()
      }
      table.push(await told(cell, campaign, say))
    }
  } catch (error) {
    await campaign.end({ keep: true })
    throw error
  }
  return { table, wrongInTheEnd: await campaign.end({ keep: table.some(({ wrong }) => wrong.length > 0) }) }
}

async function told(one: NamedCell, campaign: Campaign, say: (line: string) => void): Promise<Cell> {
  const startMs = performance.now()
  const cell = await one.strike(campaign)
  const { outcome, reason, lost, wrong } = cell
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  const what = wrong.length > 0 ? `WRONG: ${wrong[0]}` : reason
  say(`${one.name}: ${outcome} (${seconds} s) ${what}${lost.length > 0 ? ` [lost: ${lost.join('; ')}]` : ''}`)
  return cell
}

const onFile = (cell: FileCell): NamedCell => ({
  name: `${cell.target.name}: ${cell.fault.name}`,
  strike: (campaign) => campaign.strikeFile(cell),
})

const whileRunning = (fault: RunningFault): NamedCell => ({
  name: `${targetOf(fault)}: ${fault.name}`,
  strike: (campaign) => campaign.strikeRunning(fault),
})

const cellsFor: Readonly<Record<'whole' | 'cut', readonly NamedCell[]>> = {
  whole: [
    ...[...cellsWithWholeLog, ...cellsOfLogAndState, ...cellsOfMoments].map(onFile),
    ...runningFaults.map(whileRunning),
  ],
  cut: cellsWithCutLog.map(onFile),
}
