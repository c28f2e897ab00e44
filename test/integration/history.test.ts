import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkHistory } from '../history/check-history.ts'
import { readHistory } from '../history/format/read-history.ts'
import { HistoryFile } from '../history/history-file.ts'
import { HistoryRecorder } from '../history/history-recorder.ts'
import { ChangeWatcher } from '../support/processes/change-watcher.ts'
import { RecordedLoad } from '../support/processes/recorded-load.ts'
import type { Site } from '../support/processes/site.ts'
import { useSite } from '../support/processes/use-site.ts'

const useQuorum = useSite({ purpose: 'history', peers: ['a', 'b', 'c'] })

/** `HISTORY_SEED=17` draws the same calls again; when they are answered differs. */
const seed = Number(process.env['HISTORY_SEED'] ?? Date.now() % 1_000_000_007)

/** Records clients of all peers while leaders are killed and frozen. What was recorded is written also when it fails. */
async function recordUnderFaults(site: Site, path: string): Promise<void> {
  const { revision } = await site.agreed()
  const { logTimeMs, incarnation } = await site.statusOf(site.peers[0]!)
  using file = new HistoryFile(path)
  const recorder = new HistoryRecorder({
    sink: file.sink,
    now: () => Math.round(performance.now() * 1_000) / 1_000,
    start: { revision, about: { test: 'integration/history', seed } },
  })
  const watcher = new ChangeWatcher(site, {
    peers: site.peers,
    afterRevision: revision,
    onChange: (change) =>
      recorder.change('watcher', {
        revision: Number(change.revision),
        request: change.requestId,
        outcome: change.changes.length === 0 ? 'refused' : 'ok',
      }),
  })
  const time = { logTimeMs: Number(logTimeMs), incarnation }
  const load = new RecordedLoad({ site, recorder, time, seed, clients: 8, keys: 5 })
  await load.more(300)

  const killed = await site.leader()
  await killed.kill()
  await load.more(300)
  await site.restart(killed)

  // It comes back to a cluster that has gone on without it, and may believe that it leads.
  const frozen = await site.leader()
  frozen.freeze()
  await load.more(300)
  frozen.thaw()
  await load.more(300)
  await load.stop()

  const end = await site.agreed()
  await watcher.reached(end.revision)
  await watcher.stop()
}

test(`what clients of all peers were told while leaders were killed and frozen can be put into one order (seed ${seed})`, async () => {
  const site = useQuorum()
  const path = join(site.workspace.path, 'history.jsonl')
  await recordUnderFaults(site, path)

  const history = await readHistory(path)
  const judgement = checkHistory(history)
  const { counts } = judgement
  process.stderr.write(`history: ${JSON.stringify(counts)}, ${judgement.linearizability.steps} steps\n`)
  expect(judgement).toMatchObject({ verdict: 'ok', revisions: { kind: 'ok' }, linearizability: { kind: 'ok' } })
  // The same without the change stream, which shows what became of every write of unknown outcome.
  expect(checkHistory({ ...history, changes: [] })).toMatchObject({ verdict: 'ok', revisions: { kind: 'ok' } })
  // A history in which nothing goes wrong proves little.
  expect(counts.ok).toBeGreaterThan(500)
  expect(counts.refused).toBeGreaterThan(50)
  expect(counts.unknown + counts.failed).toBeGreaterThan(0)
  expect(counts.changes).toBeGreaterThan(100)
})
