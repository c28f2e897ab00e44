import { serve } from '../../src/peer/serve.ts'
import type { World } from '../../src/peer/world.ts'
import { realWorld } from '../../src/peer/world.ts'
import type { Sabotage } from './options.ts'

/**
 * Worlds with one wrong port each, to prove that the demo's checks bite. This is the only place that has them: the
 * product has no flag for any.
 */
const worlds: Readonly<Record<Sabotage, World>> = {
  // Believes the first power state that it sees after a command, however soon: it takes a slow BMC for one that did
  // nothing, and commands again.
  'double-power': { ...realWorld, conclude: () => true },
  // Answers reads without asking the leader: a peer that is behind serves the script of an earlier revision as fresh.
  'stale-script': {
    ...realWorld,
    readIndex: async (member, _timeoutMs, replica) => {
      const lagged = laggingIndex(replica.appliedIndex)
      return { ok: true, index: lagged, leader: member.id, term: 0 }
    },
  },
}

/** An index that is certainly applied. */
function laggingIndex(appliedIndex: number): number {
  return Math.max(0, appliedIndex - 1)
}

process.env['UV_THREADPOOL_SIZE'] ??= '16'
const [sabotage, ...argv] = process.argv.slice(2)
await serve(argv, worlds[sabotage as Sabotage])
