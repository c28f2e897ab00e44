import { randomOf } from '../../src/raft/member/virtual-cluster.ts'
import { Campaign } from './campaign.ts'
import { fileFaults } from './file-faults.ts'
import { directoryTargets, fileTargets } from './targets.ts'
import { reportOf, type Cell, type Report } from './verdict.ts'

/** Runs the cells whose names (`target: fault`) match, one after another. */
export async function runMatrix(options: {
  readonly seed: number
  readonly matches: (cell: string) => boolean
  readonly say: (line: string) => void
}): Promise<Report> {
  const { seed, matches, say } = options
  const cells = [
    ...fileTargets.flatMap((target) => fileFaults.map((fault) => ({ target, fault }))),
    ...directoryTargets.flatMap((target) =>
      fileFaults.filter(({ forDirectories }) => forDirectories).map((fault) => ({ target, fault })),
    ),
  ].filter(({ target, fault }) => matches(`${target.name}: ${fault.name}`))
  const table: Cell[] = []
  const campaign = await Campaign.make(randomOf(seed))
  let wrongInTheEnd: readonly string[]
  try {
    for (const { target, fault } of cells) {
      const startMs = performance.now()
      const cell = await campaign.strikeFile(target, fault)
      table.push(cell)
      const { outcome, reason, wrong } = cell
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
      say(
        `${target.name}: ${fault.name}: ${outcome} (${seconds} s) ${wrong.length > 0 ? `WRONG: ${wrong[0]}` : reason}`,
      )
    }
  } catch (error) {
    await campaign.end({ keep: true })
    throw error
  }
  wrongInTheEnd = await campaign.end({ keep: table.some(({ wrong }) => wrong.length > 0) })
  return reportOf(seed, table, wrongInTheEnd)
}
