import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { runSeed, type SeedJob, type SeedReport } from './seed-job.ts'

/**
 * Ticks after which a process gives way to a new one. A simulated process that is killed leaves behind what it waited for,
 * and Node keeps a composed `AbortSignal` for as long as somebody listens to it: some 5 MiB stay of each seed of 10,000
 * ticks.
 */
const processTicks = 1_000_000

/**
 * Runs jobs in processes, as many at once as there are workers; without workers, in this one. `next` gives the next job, or
 * undefined when there is none; `done` takes the reports in the order in which they come.
 */
export async function runInProcesses(
  workers: number,
  next: () => SeedJob | undefined,
  done: (report: SeedReport) => void,
): Promise<void> {
  if (workers === 0) {
    for (let job = next(); job !== undefined; job = next()) done(await runSeed(job))
    return
  }
  await Promise.all(Array.from({ length: workers }, () => runWorker(next, done)))
}

async function runWorker(next: () => SeedJob | undefined, done: (report: SeedReport) => void): Promise<void> {
  for (let job = next(); job !== undefined; job = next()) await runProcess(job, next, done)
}

/** Runs jobs in a process of their own until there is none, or it is time for another process. */
function runProcess(
  first: SeedJob,
  next: () => SeedJob | undefined,
  done: (report: SeedReport) => void,
): Promise<void> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'worker-process.ts'), { stdio: ['ignore', 2, 2, 'ipc'] })
  child.send(first)
  let ticks = first.ticks
  return new Promise((resolve, reject) => {
    let isOver = false
    child.on('message', (report: SeedReport) => {
      done(report)
      const job = ticks < processTicks ? next() : undefined
      isOver = job === undefined
      if (job === undefined) {
        child.disconnect()
      } else {
        ticks += job.ticks
        child.send(job)
      }
    })
    child.on('exit', (code) => {
      if (isOver) resolve()
      else reject(new Error(`a process of the simulator ended with code ${code}`))
    })
  })
}
