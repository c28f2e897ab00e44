import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { runSeed, type SeedJob, type SeedReport } from './seed-job.ts'

/**
 * Runs jobs in processes, as many at once as there are workers; a single worker needs no process of its own. `next` gives
 * the next job, or undefined when there is none; `done` takes the reports in the order in which they come.
 */
export async function runInProcesses(
  workers: number,
  next: () => SeedJob | undefined,
  done: (report: SeedReport) => void,
): Promise<void> {
  if (workers === 1) {
    for (let job = next(); job !== undefined; job = next()) done(await runSeed(job))
    return
  }
  await Promise.all(Array.from({ length: workers }, () => runWorker(next, done)))
}

function runWorker(next: () => SeedJob | undefined, done: (report: SeedReport) => void): Promise<void> {
  const first = next()
  if (first === undefined) return Promise.resolve()
  const child: ChildProcess = fork(join(import.meta.dirname, 'worker-process.ts'), { stdio: ['ignore', 2, 2, 'ipc'] })
  child.send(first)
  return new Promise((resolve, reject) => {
    let isOver = false
    child.on('message', (report: SeedReport) => {
      done(report)
      const job = next()
      isOver = job === undefined
      if (job === undefined) child.disconnect()
      else child.send(job)
    })
    child.on('exit', (code) => {
      if (isOver) resolve()
      else reject(new Error(`a process of the simulator ended with code ${code}`))
    })
  })
}
