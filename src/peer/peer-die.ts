import type { Die } from '../raft/index.ts'
import { createDie, endProcess, writeErrorLine } from '../raft/index.ts'

/** How the main thread ends this process because of something that nobody expected. */
export function peerDie(closeListeners: () => Promise<void>): Die {
  return createDie({
    writeError: writeErrorLine,
    closeSockets: () => undefined,
    closeListeners,
    kill: endProcess,
    after: (delayMs, callback) => setTimeout(callback, delayMs),
  })
}
