import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { nodeStateDirectories } from '../../src/state/storage/node-state-directories.ts'
import { PeerProcess } from '../support/processes/peer-process.ts'
import { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'

/** Peers whose logs are cut after a few writes. */
const root = { script: fileURLToPath(new URL('small-log-peer.ts', import.meta.url)), args: [] }
/** More entries than such a log holds. */
const manyEntries = 80

async function withSite(peers: readonly string[] | undefined, run: (site: Site) => Promise<void>): Promise<void> {
  const site = await Site.make({ purpose: 'recovery', root, ...(peers === undefined ? {} : { peers }) })
  let isWell = false
  try {
    await run(site)
    isWell = true
  } finally {
    await site.stop({ keep: !isWell })
  }
}

let written = 0

/** Writes so many entries; gives the names of what they made. */
async function write(site: Site, count: number): Promise<readonly string[]> {
  const made: string[] = []
  for (let at = 0; at < count; at++) {
    const name = `g${++written}`
    await site.client(InventoryService).createGroup({ name })
    made.push(name)
  }
  return made
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

async function apply(site: Site, file: string): Promise<void> {
  expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 0 })
}

/** What `plan` says is lost for good. */
function lossIn(text: string) {
  const found = /Lost for good: entries (\d+) to (\d+), revisions (\d+) to (\d+)\.\n/.exec(text)
  if (found === null) throw new Error(`no loss is told exactly: ${text}`)
  const [fromIndex, toIndex, fromRevision, toRevision] = found.slice(1).map(Number) as [number, number, number, number]
  return { fromIndex, toIndex, fromRevision, toRevision, count: toRevision - fromRevision + 1 }
}

/** The log loses what was written last, since the peer was started. */
async function loseTail({ dataDir }: PeerProcess): Promise<void> {
  const log = join(dataDir, 'raft/log')
  const wal = (await readdir(log)).find((name) => name.endsWith('.log'))!
  await truncate(join(log, wal), Math.floor((await stat(join(log, wal))).size * 0.6))
}

async function loseLog({ dataDir }: PeerProcess): Promise<void> {
  await rm(join(dataDir, 'raft/log'), { recursive: true })
}

/** The state that counts loses a row, and so does not sum up any more. */
async function loseRow({ dataDir }: PeerProcess): Promise<void> {
  const states = nodeStateDirectories(dataDir)
  const keyValue = await states.open((await states.current())!, { create: false })
  const [row] = await keyValue.range({ from: 'r/', to: 'r0', limit: 1 })
  await keyValue.batch([{ key: row!.key, value: undefined }], { sync: true })
  await keyValue.close()
}

async function firstIndexOf(peer: PeerProcess): Promise<number> {
  const text = await (await fetch(`http://${peer.addresses.admin}/metrics`)).text()
  return Number(/^trivet_log_first_index (\d+)$/m.exec(text)?.[1])
}

async function untilCut(peer: PeerProcess, after: number): Promise<void> {
  const isCut = async () => (await firstIndexOf(peer)) > after || undefined
  await until(`${peer.name} has cut its log behind entry ${after}`, isCut, { timeoutMs: 60_000 })
}

test('a lone peer whose log is damaged, or cut, or both, goes on with all that is left and is told exactly what is lost', async () => {
  await withSite(undefined, async (site) => {
    const [peer] = site.peers as [PeerProcess]
    const first = await write(site, 30)
    const before = await site.statusOf(peer)
    await peer.kill()
    await loseTail(peer)
    // As a user starts it: the other composition root does not say how it ends.
    const { root: _, ...options } = peer.options
    expect((await new PeerProcess(options).launch().ended).code).toBe(42)
    expect(await readFile(peer.logFile, 'utf8')).toMatch(/of this only voter is damaged.*\n.*trivet recovery plan/)

    await loseRow(peer)
    const { text, file } = await plan(site)
    const lost = lossIn(text)
    expect(lost).toMatchObject({ toIndex: Number(before.appliedIndex), toRevision: Number(before.revision) })
    expect(lost.fromIndex).toBeGreaterThan(5)
    await apply(site, file)
    await site.restart(peer)
    const kept = await names(site)
    expect(kept.toSorted()).toEqual(first.slice(0, 30 - lost.count).toSorted())
    expect((await site.statusOf(peer)).incarnation).not.toBe(before.incarnation)
    expect(await readdir(join(peer.dataDir, 'before-recovery.1'))).toEqual(expect.arrayContaining(['raft', 'state']))
    // A plan is applied once.
    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 5 })

    // The log is cut, and nothing is damaged.
    const more = [...kept, ...(await write(site, manyEntries))]
    await untilCut(peer, 1)
    await peer.stop()
    expect(await site.cli().run('recovery', 'apply', file)).toMatchObject({ exitCode: 6 })
    const whole = await plan(site)
    expect(whole.text).toContain('Nothing that any of them knows of is lost.')
    await apply(site, whole.file)
    await site.restart(peer)
    expect((await names(site)).toSorted()).toEqual(more.toSorted())
    expect(await firstIndexOf(peer)).toBeGreaterThan(1)

    // The end of the log is lost, and the state still has it.
    const all = [...more, ...(await write(site, 20))]
    const { incarnation } = await site.statusOf(peer)
    await peer.kill()
    await loseTail(peer)
    const ahead = await plan(site)
    expect(ahead.text).toContain('which is further than any log')
    expect(ahead.text).toContain('Nothing that any of them knows of is lost.')
    await apply(site, ahead.file)
    await site.restart(peer)
    expect((await names(site)).toSorted()).toEqual(all.toSorted())
    expect((await site.statusOf(peer)).incarnation).toBe(incarnation)
    await write(site, 1)

    // A state that does not sum up cannot be made anew from a log that was cut.
    await peer.stop()
    await loseRow(peer)
    const refused = await site.cli().run('recovery', 'plan', peer.dataDir)
    expect(refused).toMatchObject({ exitCode: 6, stdout: '' })
    expect(refused.stderr).toMatch(
      /begins behind entry \d+, and no state of these is sound.*the state on disk is damaged/,
    )
    const kinds = (await readdir(peer.dataDir)).filter((name) => name.startsWith('before-recovery')).toSorted()
    expect(kinds).toEqual(['before-recovery.1', 'before-recovery.2', 'before-recovery.3'])
  })
})

/** Names of the first that were written, in the order of names. */
function firstGroups(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `g${at + 1}`).toSorted()
}

/** One peer misses so much that it gets a snapshot, which has a directory of its own. */
async function letInstall(site: Site, behind: PeerProcess): Promise<void> {
  const others = site.peers.filter((peer) => peer !== behind)
  const { appliedIndex } = await site.statusOf(behind)
  await behind.kill()
  await write(site, manyEntries)
  for (const other of others) await untilCut(other, Number(appliedIndex) + 1)
  await site.restart(behind)
  await site.agreed()
  expect(await readdir(behind.dataDir)).toContain('state.pointer')
}

test('three peers whose logs are cut go on with what one of them has, be it its log, its state, or an older state and part of its log', async () => {
  await withSite(['a', 'b', 'c'], async (site) => {
    const [a, b, c] = site.peers as [PeerProcess, PeerProcess, PeerProcess]
    written = 0
    await write(site, 5)
    await letInstall(site, c)
    await c.stop()
    const state = join(c.dataDir, (await nodeStateDirectories(c.dataDir).current())!)
    const copy = join(site.workspace.path, 'copied-state')
    await cp(state, copy, { recursive: true })
    await site.restart(c)
    const before = await site.agreed()
    await write(site, 30)
    const { revision } = await site.agreed()
    expect(revision).toBe(before.revision + 30)
    const { incarnation } = await site.statusOf(c)
    for (const peer of site.peers) await peer.kill()
    await loseTail(c)
    for (const peer of [a, b]) await loseLog(peer)
    for (const peer of [a, b]) await loseRow(peer)

    // The state that the pointer names has all of it.
    const ahead = await plan(site)
    expect(ahead.text).toContain(`with the state of ${c.dataDir}, which is further than any log`)
    expect(ahead.text).toContain('Nothing that any of them knows of is lost.')
    // The copy has not, and the states of the others, which do not sum up, still say what there was.
    await rm(state, { recursive: true })
    await cp(copy, state, { recursive: true })
    const { text, file } = await plan(site)
    const lost = lossIn(text)
    expect(lost.toRevision).toBe(revision)
    expect(lost.fromRevision).toBeGreaterThan(before.revision)
    await apply(site, file)
    expect(await readdir(join(c.dataDir, 'before-recovery.1'))).toContain('state.pointer')
    expect(await readdir(c.dataDir)).not.toContain('state.pointer')
    await Promise.all(site.peers.map((peer) => site.restart(peer)))
    expect((await names(site)).toSorted()).toEqual(firstGroups(written - lost.count))
    expect((await site.statusOf(c)).incarnation).not.toBe(incarnation)
    const kept = [...firstGroups(written - lost.count), ...(await write(site, 5))]
    await site.agreed()

    for (const peer of site.peers) await peer.stop()
    for (const peer of [a, b]) await loseLog(peer)
    for (const peer of [a, b]) await loseRow(peer)
    await Promise.all(site.peers.map((peer) => peer.start()))
    for (const peer of [a, b]) {
      await until(
        `${peer.name} says what it waits for`,
        async () => (await peer.readyz()).text.includes('[-]repaired failed: it is being repaired') || undefined,
        { timeoutMs: 10_000 },
      )
    }
    // Three times the longest election time-out.
    await new Promise((resolve) => setTimeout(resolve, 6_000))
    expect((await c.readyz()).text).toContain('[-]leader failed: no leader is known')
    for (const peer of site.peers) await peer.stop()

    const incomplete = await site.cli().run('recovery', 'plan', a.dataDir, c.dataDir)
    expect(incomplete).toMatchObject({ exitCode: 6, stderr: expect.stringContaining('all peers are needed') as string })
    const whole = await plan(site)
    expect(whole.text).toMatch(/the log is whole behind entry \d+ up to/)
    expect(whole.text).toContain('Nothing that any of them knows of is lost.')
    await apply(site, whole.file)
    await Promise.all(site.peers.map((peer) => site.restart(peer)))
    expect((await names(site)).toSorted()).toEqual(kept.toSorted())
    await write(site, 1)
    await site.agreed()
  })
})
