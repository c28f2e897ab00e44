import { writeSync } from 'node:fs'
import type { Die } from '../raft/index.ts'
import { createDie } from '../raft/index.ts'

/** How the main thread ends this process because of something that nobody expected. */
export function peerDie(closeListeners: () => Promise<void>): Die {
  return createDie({
    writeError: (line) => writeSync(2, line),
    closeSockets: () => undefined,
    closeListeners,
    kill: () => process.kill(process.pid, 'SIGKILL'),
    after: (delayMs, callback) => setTimeout(callback, delayMs),
  })
}
