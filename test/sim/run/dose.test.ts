import { expect, test } from 'vitest'
import { failureText } from './report.ts'
import { readOptions } from './options.ts'
import { runSeed } from './seed-job.ts'

const ticks = 1_000

test.for([1, 11, 21, 31])(
  'whatever a seed does to a cluster, it keeps what it promised and gets well again (ten seeds from %i)',
  async (from) => {
    const counts: Record<string, number> = {}
    for (let seed = from; seed < from + 10; seed++) {
      const report = await runSeed({ seed, ticks, without: [], focus: [], shrinks: false, lines: 40 })
      const { failure } = report.result
      expect(failure, failure && failureText(report, readOptions(['--ticks', `${ticks}`]))).toBeUndefined()
      for (const [name, count] of Object.entries(report.result.counts)) counts[name] = (counts[name] ?? 0) + count
    }
    // A simulation in which nothing happens finds nothing.
    for (const name of ['revisions', 'ok', 'refused', 'reads', 'strikes']) expect(counts[name]).toBeGreaterThan(100)
    expect(counts['terms']).toBeGreaterThan(20)
    expect(counts['replayed']).toBeGreaterThan(0)
  },
)
