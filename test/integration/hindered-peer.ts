import { execFileSync } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { serve } from '../../src/peer/serve.ts'

/*
 * A peer that is hindered for a while at a signal, says on stdout how that went, and can be hindered again. The product
 * has nothing of this kind. Arguments: the flags of `trivet serve`.
 */

const hinderedMs = 3_000
const poolThreads = 16
/** So many rounds take a pool thread a tenth of a second or more. */
const pbkdf2Rounds = 200_000

process.env['UV_THREADPOOL_SIZE'] ??= String(poolThreads)

/** The main thread does nothing else, and takes nothing in. */
async function busyMain(): Promise<string> {
  const endMs = performance.now() + hinderedMs
  while (performance.now() < endMs);
  return 'the main thread was busy'
}

/** Each thread of the pool waits in the kernel, as at a disk that does not answer. */
async function blockedPool(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'trivet-hindered-'))
  const fifo = join(directory, 'fifo')
  execFileSync('mkfifo', [fifo])
  // Opening one for reading waits for somebody who opens it for writing.
  const opening = Array.from({ length: poolThreads }, () => open(fifo, 'r'))
  let isAnswered = false
  const asked = stat(directory).then(() => (isAnswered = true))
  await pause(hinderedMs)
  const how = isAnswered ? 'the pool had a thread to spare' : 'the pool was blocked'
  const end = openSync(fifo, constants.O_RDWR)
  for (const file of await Promise.all(opening)) await file.close()
  closeSync(end)
  await asked
  rmSync(directory, { recursive: true })
  return how
}

/** Each thread of the pool computes, and as much again waits for it. */
async function computingPool(): Promise<string> {
  const endMs = performance.now() + hinderedMs
  let derived = 0
  const derive = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await promisify(pbkdf2)('password', 'salt', pbkdf2Rounds, 32, 'sha256')
      derived++
    }
  }
  await Promise.all(Array.from({ length: 2 * poolThreads }, derive))
  return derived >= 2 * poolThreads ? 'the pool was computing' : 'the pool computed too little'
}

const hindrances = { SIGUSR2: busyMain, SIGHUP: blockedPool, SIGWINCH: computingPool } as const

for (const [signal, hinder] of Object.entries(hindrances)) {
  process.on(signal, () => void hinder().then((how) => process.stdout.write(`hindered: ${how}\n`)))
}
await serve(process.argv.slice(2))
