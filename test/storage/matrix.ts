import { randomOf } from '../../src/raft/member/virtual-cluster.ts'
import { Campaign } from './campaign.ts'
import { fileFaults } from './file-faults.ts'
import { runningFaults } from './running-faults.ts'
import { directoryTargets, fileTargets } from './targets.ts'
import { reportOf, type Cell, type Report } from './verdict.ts'

/** Runs the cells whose names (`target: fault`) match, one after another. */
export async function runMatrix(options: {
  readonly seed: number
  readonly matches: (cell: string) => boolean
  readonly say: (line: string) => void
}): Promise<Report> {
  const { seed, matches, say } = options
  const campaign = await Campaign.make(randomOf(seed))
  const cells = allCells(campaign).filter(({ name }) => matches(name))
  const table: Cell[] = []
  try {
    for (const one of cells) {
      const startMs = performance.now()
      const cell = await one.strike()
      table.push(cell)
      const { outcome, reason, wrong } = cell
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
      say(`${one.name}: ${outcome} (${seconds} s) ${wrong.length > 0 ? `WRONG: ${wrong[0]}` : reason}`)
    }
  } catch (error) {
    await campaign.end({ keep: true })
    throw error
  }
  const wrongInTheEnd = await campaign.end({ keep: table.some(({ wrong }) => wrong.length > 0) })
  return reportOf(seed, table, wrongInTheEnd)
}

function allCells(campaign: Campaign): readonly { readonly name: string; strike(): Promise<Cell> }[] {
  const onFiles = [
    ...fileTargets.flatMap((target) => fileFaults.map((fault) => ({ target, fault }))),
    ...directoryTargets.flatMap((target) =>
      fileFaults.filter(({ forDirectories }) => forDirectories).map((fault) => ({ target, fault })),
    ),
  ]
  return [
    ...onFiles.map(({ target, fault }) => ({
      name: `${target.name}: ${fault.name}`,
      strike: async () => campaign.strikeFile(target, fault),
    })),
    ...runningFaults.map((fault) => ({
      name: `file system of ${fault.part === '' ? 'all' : fault.part}: ${fault.name}`,
      strike: async () => campaign.strikeRunning(fault),
    })),
  ]
}
