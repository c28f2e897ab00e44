import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** What is measured has the first CPU for itself; all others share the second. */
export const cpus = { measured: 0, others: 1 } as const

/** Throws where processes cannot be kept on one CPU each. */
export function requireTwoCpus(): void {
  if (process.platform !== 'linux') throw new Error('this bench pins processes to CPUs, which only Linux can')
  if (availableParallelism() < 2) throw new Error('this bench needs two CPUs')
}

/** Keeps all threads of a process on one CPU; threads that they start inherit it. */
export function pin(pid: number, cpu: number): void {
  execFileSync('taskset', ['-acp', String(cpu), String(pid)], { stdio: 'ignore' })
}

/** CPU time that a process has used, all threads together, in ms. Linux counts in steps of 10 ms. */
export function cpuTimeMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may hold blanks and parentheses; what comes behind it does not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
