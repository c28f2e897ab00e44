import { cp, open as openFile, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { ServiceClient } from '../../src/rpc/client.ts'
import type { Child } from '../support/processes/child.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import type { FileFault } from './file-faults.ts'
import { compareLogs } from './compare-logs.ts'
import { cannotMount, mountOver } from './mount.ts'
import type { RunningFault } from './running-faults.ts'
import type { Target } from './targets.ts'
import type { Cell, Outcome } from './verdict.ts'

/** A peer that has been struck gets so long to be ready again, or to say that it will not be. */
const settleMsMax = 120_000

const readMsMax = 2_000

/** Groups that are written in each cell while the struck peer is down, and while it comes back. */
const writesDown = 5
const writesBack = 3

/**
 * Three peers, of which one is struck again and again: stopped, damaged, started, watched. It goes on with what it has
 * made of it; only a peer that must not take part any more gets its data directory back as it was before the blow, which
 * is safe, because it has not taken part since.
 */
export class Campaign {
  readonly #site: Site
  readonly #struck: PeerProcess
  readonly #others: readonly PeerProcess[]
  readonly #random: (below: number) => number
  readonly #acknowledged = new Set<string>()
  #asked = 0

  private constructor(site: Site, random: (below: number) => number) {
    this.#site = site
    this.#random = random
    this.#struck = site.peer('c')
    this.#others = site.peers.filter((peer) => peer !== this.#struck)
  }

  /** Starts the peers and fills their databases: tables and write-ahead logs, now and at an earlier time. */
  static async make(random: (below: number) => number): Promise<Campaign> {
    const site = await Site.make({ purpose: 'storage', peers: ['a', 'b', 'c'] })
    const campaign = new Campaign(site, random)
    try {
      // LevelDB makes a table of its write-ahead log each time that it opens a database.
      for (let round = 0; round < 3; round++) {
        await campaign.#write(20)
        await campaign.#struck.stop()
        await cp(campaign.#struck.dataDir, campaign.#olderDir, { recursive: true, force: true })
        await site.restart(campaign.#struck)
      }
      await campaign.#write(20)
      return campaign
    } catch (error) {
      await campaign.end({ keep: true })
      throw error
    }
  }

  get struck(): PeerProcess {
    return this.#struck
  }

  /** Damages a file of the peer while it is down, and judges what it makes of that. */
  async strikeFile(target: Target, fault: FileFault): Promise<Cell> {
    const { dataDir } = this.#struck
    await this.#struck.stop()
    await this.#remove(this.#backupDir)
    await cp(dataDir, this.#backupDir, { recursive: true })
    const [path] = await target.find(dataDir)
    const strike = { target, path: path ?? '', dataDir, olderDir: this.#olderDir, otherDir: this.#others[0]!.dataDir }
    const skipped =
      path === undefined ? 'there is no such file' : await fault.apply({ ...strike, random: this.#random })
    const cell = await this.#judge(target.name, fault.name, skipped)
    await this.#remove(this.#olderDir)
    await cp(this.#backupDir, this.#olderDir, { recursive: true })
    return cell
  }

  /** Breaks the file system under the peer while it runs, mends it, and judges what the peer makes of that. */
  async strikeRunning(fault: RunningFault): Promise<Cell> {
    const { dataDir } = this.#struck
    const target = `file system of ${fault.part === '' ? 'all' : fault.part}`
    const programs = ['mount', 'mkfs.ext4', 'strace', 'fsfreeze', 'python3']
    const cannot = await cannotMount(fault.fileSystem, programs)
    await this.#struck.stop()
    if (cannot !== '') return this.#judge(target, fault.name, cannot)
    const mounted = await mountOver(join(dataDir, fault.part), fault.fileSystem)
    try {
      const child = this.#struck.launch()
      await this.#struck.ready(settleMsMax)
      const stage = { peer: this.#struck, child, mounted: mounted.path }
      const write = (count: number) => this.#write(count)
      const wrong = await fault.strike({ ...stage, write, elect: () => this.#elect() })
      await fault.heal(mounted.path, () => mounted.remount())
      const cell = await this.#judge(target, fault.name, undefined, 'keep')
      const isEnded = fault.endsIt && wrong.length === 0 && cell.outcome === 'nothing lost'
      const outcome = isEnded ? 'ended its process' : cell.outcome
      return { ...cell, outcome, wrong: [...wrong, ...cell.wrong] }
    } finally {
      await this.#struck.stop()
      await mounted.end()
    }
  }

  /** Restarts the peers that are not struck, one after the other, so that there is an election. */
  async #elect(): Promise<void> {
    for (const peer of this.#others) {
      await peer.kill()
      await this.#site.restart(peer).catch(() => undefined)
    }
  }

  /** Compares the logs of all peers, once they have stopped. */
  async end(options: { readonly keep: boolean }): Promise<readonly string[]> {
    const wrong = await this.#compareInTheEnd().catch((error: unknown) => [String(error)])
    await this.#site.stop({ keep: options.keep || wrong.length > 0 })
    return wrong
  }

  async #compareInTheEnd(): Promise<readonly string[]> {
    await this.#site.agreed()
    await Promise.all(this.#site.peers.map((peer) => peer.stop()))
    return compareLogs(this.#site.peers.map(({ dataDir }) => dataDir))
  }

  get #olderDir(): string {
    return join(this.#site.workspace.path, 'older')
  }

  get #backupDir(): string {
    return join(this.#site.workspace.path, 'backup')
  }

  async #remove(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true })
  }

  async #judge(
    target: string,
    fault: string,
    skipped: string | undefined,
    after: 'put back' | 'keep' = 'put back',
  ): Promise<Cell> {
    const named = { target, fault }
    if (skipped !== undefined) {
      await this.#site.restart(this.#struck)
      return { ...named, outcome: 'skipped', reason: skipped, repaired: false, wrong: [] }
    }
    const wrong: string[] = []
    await this.#write(writesDown)
    const logFrom = (await stat(this.#struck.logFile)).size
    const child = this.#struck.launch()
    const reads = this.#readAllTheTime(child, wrong)
    const writes = this.#write(writesBack)
    const end = await this.#settle(child)
    await writes
    await reads.stop()
    const said = await this.#saidSince(logFrom)
    const repaired = end.kind === 'ready'
    if (repaired) wrong.push(...(await this.#compare()))
    else if (after === 'put back') await this.#putBack()
    // It has run since any copy of it was made, so it could not be believed.
    else throw new Error(`${target}: ${fault}: the peer does not take part again: ${end.reason}`)
    if (end.kind === 'late') wrong.push(`it is neither ready nor does it say that it is damaged: ${end.reason}`)
    const outcome = outcomeOf(end.kind, said)
    const reason = end.kind === 'ready' ? reasonIn(said) : end.reason
    return { ...named, outcome, reason, repaired, wrong }
  }

  /** Waits until the peer is ready, has ended, or says that it will not be ready. */
  async #settle(child: Child): Promise<{ kind: 'ready' | 'damaged' | 'ended' | 'late'; reason: string }> {
    let ended: string | undefined
    void child.ended.then(({ code, signal }) => (ended = `exit code ${code ?? signal}`))
    let text = ''
    const deadline = performance.now() + settleMsMax
    while (performance.now() < deadline) {
      if (ended !== undefined) return { kind: 'ended', reason: `${ended}: ${await this.#lastWords()}` }
      const answer = await this.#struck.readyz().catch(() => undefined)
      if (answer?.status === 200) return { kind: 'ready', reason: '' }
      text = answer?.text ?? ''
      const damage = /\[-\]undamaged failed: (.*)/.exec(text)
      if (damage !== null) return { kind: 'damaged', reason: damage[1]! }
      await sleep(50)
    }
    return { kind: 'late', reason: text.replaceAll('\n', ' | ') }
  }

  /** All that the struck peer answers must be right: everything that was acknowledged before it was asked, and no more. */
  #readAllTheTime(child: Child, wrong: string[]): { stop(): Promise<void> } {
    const over = new AbortController()
    void child.ended.then(() => over.abort())
    const client = this.#site.clientOf(this.#struck, InventoryService)
    const working = (async () => {
      while (!over.signal.aborted) {
        const before = [...this.#acknowledged]
        const groups = await listAll(client).catch(() => undefined)
        if (groups !== undefined) wrong.push(...this.#judgeRead(before, groups))
        await sleep(50)
      }
    })()
    return {
      stop: async () => {
        over.abort()
        await working
      },
    }
  }

  #judgeRead(before: readonly string[], groups: Groups) {
    const names = new Set(groups.map(({ name }) => name))
    const missing = before.filter((name) => !names.has(name))
    const altered = groups.filter(({ name, description }) => description !== describe(name))
    return [
      ...(missing.length > 0
        ? [`an answer lacked ${missing.length} acknowledged groups, ${missing[0]} among them`]
        : []),
      ...altered.map(({ name, description }) => `group ${name} was served with ${JSON.stringify(description)}`),
    ]
  }

  /** A peer that is ready must have the same as the others, and take writes. */
  async #compare(): Promise<readonly string[]> {
    try {
      const client = this.#site.clientOf(this.#struck, InventoryService)
      await until('a write through the repaired peer', async () => this.#create(client), { timeoutMs: 120_000 })
      await this.#site.agreed()
      return this.#judgeRead([...this.#acknowledged], await listAll(client))
    } catch (error) {
      return [String(error)]
    }
  }

  async #putBack(): Promise<void> {
    await this.#struck.kill()
    // What is mounted there stays.
    const { dataDir } = this.#struck
    for (const name of await readdir(dataDir)) await this.#remove(join(dataDir, name)).catch(() => undefined)
    await cp(this.#backupDir, dataDir, { recursive: true })
    await this.#site.restart(this.#struck)
  }

  /** Writes through the peers that are not struck, and remembers what they acknowledge. */
  async #write(count: number): Promise<void> {
    const client = this.#site.connect(this.#others).client(InventoryService)
    for (let done = 0; done < count; done++) {
      await until('a write', async () => this.#create(client), { timeoutMs: 120_000 })
    }
  }

  async #create(client: {
    createGroup(request: { name: string; description: string }, options: { timeoutMs: number }): Promise<unknown>
  }): Promise<true> {
    const name = `g${++this.#asked}`
    await client.createGroup({ name, description: describe(name) }, { timeoutMs: 10_000 })
    this.#acknowledged.add(name)
    return true
  }

  async #saidSince(position: number): Promise<string> {
    const file = await openFile(this.#struck.logFile)
    try {
      const { size } = await file.stat()
      const bytes = Buffer.alloc(Math.max(0, size - position))
      await file.read(bytes, 0, bytes.length, position)
      return bytes.toString()
    } finally {
      await file.close()
    }
  }

  async #lastWords(): Promise<string> {
    const { size } = await stat(this.#struck.logFile)
    const lines = (await this.#saidSince(Math.max(0, size - 2_000))).trimEnd().split('\n')
    return lines.findLast((line) => /error|damaged|fatal/i.test(line)) ?? lines.at(-1) ?? ''
  }
}

type Groups = readonly { readonly name: string; readonly description: string }[]

async function listAll(client: ServiceClient<typeof InventoryService>): Promise<Groups> {
  const all: { readonly name: string; readonly description: string }[] = []
  for (let pageToken = ''; ;) {
    const { groups, nextPageToken } = await client.listGroups({ pageSize: 1_000, pageToken }, { timeoutMs: readMsMax })
    all.push(...groups)
    if (nextPageToken === '') return all
    pageToken = nextPageToken
  }
}

/** Long enough that a flipped bit in a table strikes it, and follows from the name. */
function describe(name: string): string {
  return `${name} `.repeat(40).trim()
}

function outcomeOf(end: 'ready' | 'damaged' | 'ended' | 'late', said: string): Outcome {
  if (end === 'ended') return 'refused to start'
  if (end !== 'ready') return 'says it is damaged'
  if (said.includes('is repaired by the others')) return 'repaired by the others'
  return said.includes('made anew from the log') ? 'state made anew' : 'nothing lost'
}

function reasonIn(said: string): string {
  const told = said
    .split('\n')
    .find((line) => line.includes('repaired by the others') || line.includes('made anew from'))
  return told === undefined ? '' : (JSON.parse(told) as { reason: string }).reason
}
