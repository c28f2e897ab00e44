import { createDie, endProcess, writeErrorLine } from '../raft/index.ts'
import { deathOf } from './death-of.ts'

/** How the main thread ends this process because of something that nobody expected. */
export function peerDie(closeListeners: () => Promise<void>): (error: unknown) => void {
  const die = createDie({
    writeError: writeErrorLine,
    closeSockets: () => undefined,
    closeListeners,
    kill: endProcess,
    after: (delayMs, callback) => setTimeout(callback, delayMs),
  })
  return (error) => die(...deathOf(error))
}
