import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { metricOf } from './metric-of.ts'

const pauseMs = 20

/** Asks a peer how far it has applied its log, now and until it is told to stop; gives the furthest that it has said. */
export async function watchAppliedIndex(peer: PeerProcess): Promise<{ stop(): Promise<number> }> {
  const over = new AbortController()
  let furthest = await metricOf(peer, 'trivet_applied_index')
  const working = (async () => {
    while (!over.signal.aborted) {
      const index = await metricOf(peer, 'trivet_applied_index').catch(() => 0)
      if (index > furthest) furthest = index
      await sleep(pauseMs)
    }
  })()
  return {
    stop: async () => {
      over.abort()
      await working
      return furthest
    },
  }
}
