import { runSeed, type SeedJob } from './seed-job.ts'

/** One of the processes that run seeds, one after another, as they are sent. */
process.on('message', (job: SeedJob) => {
  runSeed(job).then(
    (report) => process.send!(report),
    (error: unknown) => {
      process.stderr.write(`seed ${job.seed}: ${error instanceof Error ? error.stack : String(error)}\n`)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
