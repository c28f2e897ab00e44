import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import type { Child } from '../support/processes/child.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { Site } from '../support/processes/site.ts'
import { until } from '../support/processes/until.ts'
import { watchAppliedIndex } from './applied-index.ts'
import type { FileCell } from './cells.ts'
import { compareLogs } from './compare-logs.ts'
import { compareStates } from './compare-states.ts'
import { describe, judgeRead, listAll } from './groups.ts'
import { holdingsOf, unseenIn, type Holdings } from './holdings.ts'
import { lossesOf, unnoticed, type Loss } from './losses.ts'
import { cannotMount, mountOver } from './mount.ts'
import { targetOf, type RunningFault } from './running-faults.ts'
import { defectsIn, lastWordsIn, outcomeOf, reasonIn, saidSince, type End } from './said.ts'
import { fallBehindAndCatchUp } from './scenes.ts'
import type { Cell, Outcome } from './verdict.ts'

/** A peer that has been struck gets so long to be ready again, or to say that it will not be. */
const settleMsMax = 120_000

/** Groups that are written in each cell while the struck peer is down, and while it comes back. */
const writesDown = 5
const writesBack = 3

/** Its log is cut when it holds 60 entries. */
const smallLogPeer = fileURLToPath(new URL('../integration/small-log-peer.ts', import.meta.url))

/** A cell that is being tried. */
interface Trial {
  readonly target: string
  readonly fault: string
  readonly losses: readonly Loss[]
  readonly ends?: readonly Outcome[] | undefined
  /** What happens to the others while it is down. */
  readonly meanwhile?: () => Promise<void>
  /** What becomes of a peer that does not take part any more. */
  readonly after: 'put back' | 'keep'
}

/**
 * Three peers, of which one is struck again and again: stopped, damaged, started, watched. It goes on with what it has
 * made of it; only a peer that must not take part any more gets its data directory back as it was before the blow, which
 * is safe, because it has not taken part since.
 */
export class Campaign {
  readonly #site: Site
  readonly #log: 'whole' | 'cut'
  readonly #struck: PeerProcess
  readonly #others: readonly PeerProcess[]
  readonly #random: (below: number) => number
  readonly #acknowledged = new Set<string>()
  #asked = 0
  #isSpent = false

  private constructor(site: Site, log: 'whole' | 'cut', random: (below: number) => number) {
    this.#site = site
    this.#log = log
    this.#random = random
    this.#struck = site.peer('c')
    this.#others = site.peers.filter((peer) => peer !== this.#struck)
  }

  /**
   * Starts the peers and fills their databases: tables and write-ahead logs, now and at an earlier time. With a log that
   * is cut, the state of the struck peer is that of a snapshot.
   */
  static async make(log: 'whole' | 'cut', random: (below: number) => number): Promise<Campaign> {
    const root = log === 'cut' ? { script: smallLogPeer, args: [] } : undefined
    const site = await Site.make({ purpose: 'storage', peers: ['a', 'b', 'c'], root })
    const campaign = new Campaign(site, log, random)
    try {
      await campaign.#fill()
      return campaign
    } catch (error) {
      await campaign.end({ keep: true })
      throw error
    }
  }

  async #fill(): Promise<void> {
    // Something that is sealed: only with it can a peer tell that its key is another one.
    const credential = { pattern: '*', username: 'root', password: this.#site.workspace.password }
    await this.#site.client(InventoryService).setCredential(credential)
    if (this.#log === 'cut') await fallBehindAndCatchUp(this.#stage)
    // LevelDB makes a table of its write-ahead log each time that it opens a database.
    for (let round = 0; round < 3; round++) {
      await this.#write(20)
      await this.#struck.stop()
      await this.#copyTo(this.#olderDir)
      await this.#site.restart(this.#struck)
    }
    await this.#write(20)
  }

  /** The struck peer cannot take part again, whatever is done: the rest is for another campaign. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /** Damages a file of the peer while it is down, and judges what it makes of that. */
  async strikeFile(fileCell: FileCell): Promise<Cell> {
    const { target, fault, scene, ends, elects = false } = fileCell
    const named = { target: target.name, fault: fault.name }
    const impossible = await scene?.prepare(this.#stage)
    await this.#struck.stop()
    if (impossible !== undefined) return this.#skip(named, impossible)
    if (scene === undefined && (await target.find(this.#struck.dataDir)).length === 0) {
      // A database that was made anew has no table before it is opened again.
      await this.#site.restart(this.#struck)
      await this.#struck.stop()
    }
    await this.#copyTo(this.#backupDir)
    const sealKey = await readFile(this.#sealKeyFile)
    try {
      const before = await this.#wholeHoldings()
      if (this.#log === 'cut') requireCut(before)
      const skipped = await this.#apply(fileCell)
      if (skipped !== undefined) return await this.#skip(named, skipped)
      const losses = lossesOf(before, await this.#holdings())
      const meanwhile = async () => (elects ? this.#unseatLeader() : undefined)
      return await this.#judge({ ...named, losses, ends, meanwhile, after: 'put back' }, sealKey)
    } finally {
      await writeFile(this.#sealKeyFile, sealKey, { mode: 0o600 })
      await rm(this.#olderDir, { recursive: true, force: true })
      await cp(this.#backupDir, this.#olderDir, { recursive: true })
    }
  }

  /** Gives the reason why a fault cannot happen here; undefined when it has happened. */
  async #apply({ target, also, fault }: FileCell): Promise<string | undefined> {
    const { dataDir } = this.#struck
    const elsewhere = { olderDir: this.#olderDir, otherDir: this.#others[0]!.dataDir, random: this.#random }
    for (const one of also === undefined ? [{ target, fault }] : [{ target, fault }, also]) {
      const [path] = await one.target.find(dataDir)
      if (path === undefined) return 'there is no such file'
      const skipped = await one.fault.apply({ target: one.target, path, dataDir, ...elsewhere })
      if (skipped !== undefined) return skipped
    }
    return undefined
  }

  /** Breaks the file system under the peer while it runs, mends it, and judges what the peer makes of that. */
  async strikeRunning(fault: RunningFault): Promise<Cell> {
    const { dataDir } = this.#struck
    const named = { target: targetOf(fault), fault: fault.name }
    const programs = ['mount', 'mkfs.ext4', 'strace', 'fsfreeze', 'python3']
    const cannot = await cannotMount(fault.fileSystem, programs)
    await this.#struck.stop()
    if (cannot !== '') return this.#skip(named, cannot)
    const before = await this.#wholeHoldings()
    const mounted = await mountOver(join(dataDir, fault.part), fault.fileSystem)
    try {
      const child = this.#struck.launch()
      await this.#struck.ready(settleMsMax)
      const applied = await watchAppliedIndex(this.#struck)
      const stage = { peer: this.#struck, child, mounted: mounted.path }
      const write = (count: number) => this.#write(count)
      const wrong = await fault.strike({ ...stage, write, elect: () => this.#elect() })
      const { code, signal } = await child.ended
      const appliedIndex = await applied.stop()
      await fault.heal(mounted.path, () => mounted.remount())
      const losses = lossesOf(before, await this.#holdings(), appliedIndex)
      const cell = await this.#judge({ ...named, losses, after: 'keep' })
      const isEnded = fault.endsIt && wrong.length === 0
      const how = isEnded ? `it ended by itself (${signal ?? `exit code ${code}`})` : 'the campaign killed it'
      const outcome = isEnded && cell.outcome === 'nothing lost' ? 'ended its process' : cell.outcome
      const reason = [`${how}, having applied entry ${appliedIndex}`, cell.reason].filter(Boolean).join('; ')
      return { ...cell, outcome, reason, wrong: [...wrong, ...cell.wrong] }
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

  async #unseatLeader(): Promise<void> {
    const leader = await this.#site.leader(this.#others)
    await leader.kill()
    await this.#site.restart(leader)
  }

  /** Compares the logs and states of all peers, once they have stopped. */
  async end(options: { readonly keep: boolean }): Promise<readonly string[]> {
    const comparing = this.#isSpent ? Promise.resolve([]) : this.#compareInTheEnd()
    const wrong = await comparing.catch((error: unknown) => [String(error)])
    await this.#site.stop({ keep: options.keep || wrong.length > 0 })
    return wrong
  }

  async #compareInTheEnd(): Promise<readonly string[]> {
    const { peers } = this.#site
    if (!this.#struck.alive) await this.#site.restart(this.#struck)
    await this.#site.agreed()
    await Promise.all(peers.map((peer) => peer.stop()))
    const held = await Promise.all(
      peers.map(async ({ dataDir }) => ({
        name: basename(dataDir),
        holdings: await holdingsOf(dataDir, this.#sealKeyFile),
      })),
    )
    return [
      ...compareStates(held),
      ...(await compareLogs(
        held.map(({ name, holdings }) => ({
          name,
          dataDir: join(this.#site.workspace.path, name),
          appliedIndex: holdings.state?.mark?.index ?? 0,
        })),
      )),
    ]
  }

  get #stage() {
    return { peer: this.#struck, others: this.#others, write: (count: number) => this.#write(count) }
  }

  get #olderDir(): string {
    return join(this.#site.workspace.path, 'older')
  }

  get #backupDir(): string {
    return join(this.#site.workspace.path, 'backup')
  }

  get #sealKeyFile(): string {
    return this.#site.workspace.sealKeyFile
  }

  async #copyTo(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true })
    await cp(this.#struck.dataDir, directory, { recursive: true })
  }

  #holdings(): Promise<Holdings> {
    return holdingsOf(this.#struck.dataDir, this.#sealKeyFile)
  }

  /** Of a peer that nothing has happened to. Whoever sees nothing there would not see either that it is gone. */
  async #wholeHoldings(): Promise<Holdings> {
    const holdings = await this.#holdings()
    const unseen = unseenIn(holdings)
    if (unseen.length > 0) throw new Error(`a peer that is whole seems to have no ${unseen.join(', no ')}`)
    return holdings
  }

  async #skip(named: Pick<Cell, 'target' | 'fault'>, reason: string): Promise<Cell> {
    await this.#site.restart(this.#struck)
    return { ...named, outcome: 'skipped', reason, repaired: false, lost: [], wrong: [] }
  }

  async #judge(trial: Trial, sealKey?: Buffer): Promise<Cell> {
    const { target, fault, losses, ends, meanwhile, after } = trial
    const wrong: string[] = []
    await this.#write(writesDown)
    await meanwhile?.()
    const logFrom = (await stat(this.#struck.logFile)).size
    const child = this.#struck.launch()
    const reads = this.#readAllTheTime(child, wrong)
    const writes = this.#write(writesBack)
    const end = await this.#settle(child)
    await writes
    await reads.stop()
    const repaired = end.kind === 'ready'
    // A damage may show only while it takes part.
    if (repaired) wrong.push(...(await this.#compare()))
    const said = await saidSince(this.#struck.logFile, logFrom)
    if (!repaired && after === 'put back') wrong.push(...(await this.#putBack(sealKey)))
    // It has run since any copy of it was made, so it could not be believed.
    else if (!repaired) throw new Error(`${target}: ${fault}: the peer does not take part again: ${end.reason}`)
    if (end.kind === 'late') wrong.push(`it is neither ready nor does it say that it is damaged: ${end.reason}`)
    const outcome = outcomeOf(end.kind, said)
    wrong.push(...defectsIn(said), ...unnoticed(losses, outcome))
    if (ends !== undefined && !ends.includes(outcome)) wrong.push(`it ends so: ${outcome}, and not: ${ends.join(', ')}`)
    const reason = repaired ? reasonIn(said) : end.reason
    const lost = losses.map(({ part, what }) => `${part}: ${what}`)
    return { target, fault, outcome, reason, repaired, lost, wrong }
  }

  /** Waits until the peer is ready, has ended, or says that it will not be ready. */
  async #settle(child: Child): Promise<{ kind: End; reason: string }> {
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
        if (groups !== undefined) wrong.push(...judgeRead(before, groups))
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

  /** A peer that is ready must have the same as the others, and take writes. */
  async #compare(): Promise<readonly string[]> {
    try {
      const client = this.#site.clientOf(this.#struck, InventoryService)
      await until('a write through the repaired peer', async () => this.#create(client), { timeoutMs: 120_000 })
      await this.#site.agreed()
      return judgeRead([...this.#acknowledged], await listAll(client))
    } catch (error) {
      return [String(error)]
    }
  }

  /** Gives what is wrong if it cannot take part after that: then it has taken part since the blow. */
  async #putBack(sealKey: Buffer | undefined): Promise<readonly string[]> {
    await this.#struck.kill()
    // What is mounted there stays.
    const { dataDir } = this.#struck
    for (const name of await readdir(dataDir)) {
      await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => undefined)
    }
    await cp(this.#backupDir, dataDir, { recursive: true })
    if (sealKey !== undefined) await writeFile(this.#sealKeyFile, sealKey, { mode: 0o600 })
    const { kind, reason } = await this.#settle(this.#struck.launch())
    if (kind === 'ready') return []
    this.#isSpent = true
    return [`as it was before the blow it does not take part either: ${reason}`]
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

  async #lastWords(): Promise<string> {
    const { size } = await stat(this.#struck.logFile)
    return lastWordsIn(await saidSince(this.#struck.logFile, Math.max(0, size - 2_000)))
  }
}

/** Without this the cells would say nothing about such a peer. */
function requireCut({ beginning = 0, state }: Holdings): void {
  if (beginning === 0) throw new Error('the log of the struck peer is not cut')
  if (state === undefined || state.name === 'state') throw new Error('the struck peer has no installed state')
}
