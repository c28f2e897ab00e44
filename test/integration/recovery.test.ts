import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'

async function withSite(peers: readonly string[] | undefined, run: (site: Site) => Promise<void>): Promise<void> {
  const site = await Site.make({ purpose: 'recovery', ...(peers === undefined ? {} : { peers }) })
  let isWell = false
  try {
    await run(site)
    isWell = true
  } finally {
    await site.stop({ keep: !isWell })
  }
}

async function create(site: Site, from: number, to: number): Promise<void> {
  for (let at = from; at <= to; at++) await site.client(InventoryService).createGroup({ name: `g${at}` })
}

async function names(site: Site): Promise<readonly string[]> {
  const { groups } = await site.client(InventoryService).listGroups({ pageSize: 1_000 }, { timeoutMs: 20_000 })
  return groups.map(({ name }) => name)
}

/** Plans with the CLI, and gives what it says of the loss. */
async function plan(site: Site): Promise<{ readonly text: string; readonly file: string }> {
  const result = await site.cli().run('recovery', 'plan', ...site.peers.map(({ dataDir }) => dataDir))
  expect(result).toMatchObject({ exitCode: 0 })
  const file = join(site.workspace.path, 'plan.json')
  await writeFile(file, result.stdout)
  return { text: result.stderr, file }
}

test('a lone peer that lost the end of its log says so, is told exactly what is lost, and goes on without it', async () => {
  await withSite(undefined, async (site) => {
    const [peer] = site.peers
    await create(site, 1, 30)
    const before = await site.statusOf(peer!)
    await peer!.kill()
    const log = join(peer!.dataDir, 'raft/log')
    const wal = join(
      log,
      (await readdir(log)).find((name) => name.endsWith('.log'))!,
    )
    await truncate(wal, Math.floor((await stat(wal)).size * 0.6))

    const ended = await peer!.launch().ended
    expect(ended.code).toBe(42)
    expect(await readFile(peer!.logFile, 'utf8')).toMatch(/of this only voter is damaged.*\n.*trivet recovery plan/)

    const { text, file } = await plan(site)
    const last = Number(before.appliedIndex)
    const lost = /Lost for good: entries (\d+) to (\d+), revisions (\d+) to (\d+)\./.exec(text)!.slice(1).map(Number)
    expect(lost[1]).toBe(last)
    expect(lost[3]).toBe(Number(before.revision))
    expect(lost[0]).toBeGreaterThan(5)

    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 0 })
    await site.restart(peer!)
    const kept = await names(site)
    expect(kept).toHaveLength(30 - (lost[3]! - lost[2]! + 1))
    expect(kept).toContain('g1')
    const after = await site.statusOf(peer!)
    expect(after.incarnation).not.toBe(before.incarnation)
    await create(site, 31, 31)
    // What was there is kept, and a plan is applied once.
    expect(await readdir(peer!.dataDir)).toEqual(
      expect.arrayContaining(['raft.before-recovery', 'state.before-recovery']),
    )
    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 5 })
    await peer!.stop()
    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 6 })
  })
})

test('with the logs of two of three lost nobody leads, and after a recovery all go on with what the third one has', async () => {
  await withSite(['a', 'b', 'c'], async (site) => {
    const [a, b, c] = site.peers
    await create(site, 1, 20)
    const { stateHash } = await site.agreed()
    for (const peer of site.peers) await peer.stop()
    for (const peer of [a!, b!]) await rm(join(peer.dataDir, 'raft/log'), { recursive: true })
    await Promise.all(site.peers.map((peer) => peer.start()))
    for (const peer of [a!, b!]) {
      await until(
        `${peer.name} says what it waits for`,
        async () => (await peer.readyz()).text.includes('[-]repaired failed: it is being repaired') || undefined,
        { timeoutMs: 10_000 },
      )
    }
    // Three times the longest election time-out.
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    expect((await c!.readyz()).text).toContain('[-]leader failed: no leader is known')
    for (const peer of site.peers) await peer.stop()

    const incomplete = await site.cli().run('recovery', 'plan', a!.dataDir, c!.dataDir)
    expect(incomplete).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('all peers are needed') as string })
    const { text, file } = await plan(site)
    expect(text).toContain('Nothing that any of them knows of is lost.')
    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 0 })
    await Promise.all(site.peers.map((peer) => site.restart(peer)))
    expect(await names(site)).toHaveLength(20)
    expect(stateHash).not.toBe('')
    await create(site, 21, 21)
    await site.agreed()
  })
})
