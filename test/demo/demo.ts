import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Cli } from '../support/processes/cli.ts'
import type { DemoOptions, Sabotage } from './options.ts'
import { fetchOverFreeze } from './freshness-check.ts'
import type { Fetched } from '../support/processes/node-scripts.ts'
import { fetchScript, fetchScripts } from '../support/processes/node-scripts.ts'
import type { PeerProcess } from '../support/processes/peer-process.ts'
import { judgePower } from './power-check.ts'
import type { DemoReport } from './report.ts'
import { emptyReport } from './report.ts'
import { makeQuorum } from '../support/processes/quorum.ts'
import { RoomProcess } from '../support/processes/room-process.ts'
import { until } from '../support/processes/until.ts'
import type { Workspace } from '../support/processes/workspace.ts'
import { makeWorkspace, writeBmcFile } from '../support/processes/workspace.ts'
import { WriteProbe } from './write-probe.ts'

/** The largest gap between two acknowledged writes that the demo accepts. */
const writeGapMsMax = 3_000

const peerNames = ['a', 'b', 'c'] as const

interface NodeJson {
  readonly id: string
  readonly xname: string
  readonly macs: readonly string[]
}

type SessionJson = DemoReport['session'] & { readonly error_message?: string }

/** The walk: from bare BMCs to nodes that phoned home, across the death of a leader. */
export class Demo {
  readonly #options: DemoOptions
  readonly #say: (line: string) => void
  readonly report: DemoReport = emptyReport()
  /** Begun; whoever ends the demo in that very moment has to wait for it. */
  #making: Promise<Workspace> | undefined
  #workspace!: Workspace
  #room: RoomProcess | undefined
  #peers: readonly PeerProcess[] = []
  #cli!: Cli
  #probe: WriteProbe | undefined
  #killed: PeerProcess | undefined
  #interrupted = false
  readonly #ending = new AbortController()

  constructor(options: DemoOptions, say: (line: string) => void) {
    this.#options = options
    this.#say = say
  }

  /** Runs every step; what did not hold stands in the report. */
  async run(): Promise<void> {
    const started = performance.now()
    const problems: string[] = []
    try {
      await this.#step('room', () => this.#startRoom())
      await this.#step('peers', () => this.#startPeers())
      await this.#step('bmc import', () => this.#importBmcs())
      await this.#step('discovery', () => this.#discover())
      await this.#step('configuration', () => this.#configure())
      await this.#step('session', () => this.#runSession())
      await this.#step('nodes', () => this.#showNodes())
      await this.#step('scripts', () => this.#compareScripts())
      await this.#step('return', () => this.#bringBack())
      await this.#step('freeze', () => this.#freezeEach())
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
    }
    // The room's ledger is judged in any case: it may say why the rest went wrong.
    await this.#step('ledger', () => this.#judge()).catch((error: Error) => problems.unshift(error.message))
    this.report.durationMs = Math.round(performance.now() - started)
    if (this.#interrupted) return
    this.report.ok = problems.length === 0
    this.report.reason = problems.join('; ')
  }

  async #removeWorkspace(): Promise<void> {
    const workspace = await this.#making?.catch(() => undefined)
    if (workspace !== undefined) await rm(workspace.path, { recursive: true, force: true })
  }

  /** Ends everything that the demo started, and removes its files. */
  async cleanUp(): Promise<void> {
    this.#ending.abort()
    await this.#probe?.stop().catch(() => undefined)
    await Promise.allSettled(this.#peers.map((peer) => peer.stop()))
    await this.#room?.stop()
    await this.#removeWorkspace()
  }

  /** Ends everything at once, in the middle of whatever it does: it was interrupted, and its data goes with it. */
  async abandon(): Promise<void> {
    this.report.ok = false
    this.report.reason = 'interrupted'
    this.#interrupted = true
    this.#ending.abort()
    await Promise.all([this.#room?.kill(), ...this.#peers.map((peer) => peer.kill())])
    await this.#removeWorkspace()
  }

  /** What somebody may try while everything is left running. */
  hints(): readonly string[] {
    const server = this.#peers.map(({ addresses }) => addresses.api).join(',')
    return [
      `export TRIVET_SERVER=${server}`,
      'bin/trivet peer list',
      'bin/trivet node list',
      'bin/trivet session create compute --group-name compute --operation reboot --wait',
      `curl '${this.#room?.info.control}/nodes'`,
      `ls ${this.#workspace.path}`,
    ]
  }

  async #step(name: string, work: () => Promise<void>): Promise<void> {
    const started = performance.now()
    const step = { name, ok: false, ms: 0 }
    this.report.steps.push(step)
    try {
      await work()
      step.ok = true
    } finally {
      step.ms = Math.round(performance.now() - started)
    }
  }

  async #startRoom(): Promise<void> {
    this.#making = makeWorkspace()
    this.#workspace = await this.#making
    const { nodes, seed, withFailure } = this.#options
    const { path, password } = this.#workspace
    this.#room = await RoomProcess.start({ nodes, seed, withFailure, password, logFile: join(path, 'room.log') })
    this.report.room = this.#room.info.control
    this.#say(
      `A room with ${this.#room.info.bmcs.length} BMCs, and ${nodes} nodes behind them: ${this.#room.info.control}`,
    )
  }

  async #startPeers(): Promise<void> {
    const { path } = this.#workspace
    const root = sabotagedRoot(this.#options.sabotage)
    this.#peers = await makeQuorum({ workspace: this.#workspace, names: peerNames, root })
    for (const peer of this.#peers) this.#say(`$ ${peer.commandLine} &`)
    await Promise.all(this.#peers.map((peer) => peer.start()))
    await Promise.all(this.#peers.map((peer) => peer.ready(30_000)))
    const addresses = this.#peers.map((peer) => peer.addresses)
    const server = addresses.map(({ api }) => api).join(',')
    this.#cli = new Cli({ cwd: path, server, show: this.#say, signal: this.#ending.signal })
    this.#say(`\n$ export TRIVET_SERVER=${server}`)
    await this.#room!.forwardTo(addresses.map(({ node }) => node))
    await this.#cli.must('peer', 'list')
    const { peers } = await this.#cli.json<{ peers: readonly { id: string; name: string }[] }>('peer', 'list')
    this.report.peers = this.#peers.map(({ name, pid, addresses: { api, node, admin } }) => {
      const id = peers.find((peer) => peer.name === name)?.id ?? ''
      return { id, pid, api, node, admin }
    })
  }

  async #importBmcs(): Promise<void> {
    this.#say(`\n$ cat bmcs.yaml\n${await writeBmcFile(this.#workspace, this.#room!.info)}`)
    await this.#cli.must('bmc', 'import', 'bmcs.yaml')
    await this.#cli.must('credential', 'set', '*', '--username', 'root', '--password-file', 'password.txt')
  }

  async #discover(): Promise<void> {
    await this.#cli.must('discovery', 'start', '--wait')
    await this.#cli.must('node', 'list')
    const { nodes } = await this.#cli.json<{ nodes: readonly NodeJson[] }>('node', 'list')
    expect(nodes.length === this.#options.nodes, `${nodes.length} of ${this.#options.nodes} nodes were discovered`)
  }

  async #configure(): Promise<void> {
    const image = this.#room!.info.images[0]!
    const xnames = this.#room!.info.bmcs.flatMap((bmc) => bmc.nodes.map(({ xname }) => xname))
    await this.#cli.must('group', 'create', 'compute', '--nodes', xnames.join(','))
    const urls = ['--kernel', image.kernel.url, '--initrd', image.initrd.url]
    await this.#cli.must('boot-configuration', 'create', 'linux', ...urls, '--parameters', 'console=ttyS0 quiet')
    await this.#cli.must('runtime-configuration', 'create', 'compute', '--user-data', 'user-data.yaml')
    const names = ['--boot-configuration', 'linux', '--runtime-configuration', 'compute']
    await this.#cli.must('template', 'create', 'compute', ...names)
  }

  async #runSession(): Promise<void> {
    this.#probe = new WriteProbe(this.#peers.map(({ addresses }) => addresses.api))
    await this.#probe.start()
    const timeouts = this.#options.withFailure ? ['--power-timeout', '12s', '--retries', '1'] : []
    const following = this.#cli.run('session', 'create', 'compute', '--group-name', 'compute', '--wait', ...timeouts)
    const { exitCode } = await this.#unlessOverlap(async () => {
      await Promise.all([following, this.#killLeader()])
      return following
    })
    await this.#probe.stop()
    this.report.writeGapMs = this.#probe.largestGapMs
    const { sessions } = await this.#cli.json<{ sessions: readonly SessionJson[] }>('session', 'list')
    const { id = '', session_state = '', succeeded = 0, failed = 0, error_message = '' } = sessions[0] ?? {}
    this.report.session = { id, session_state, succeeded, failed }
    const { nodes, withFailure } = this.#options
    const wanted = withFailure ? 'failed' : 'completed'
    const succeededWanted = withFailure ? nodes - 1 : nodes
    expect(session_state === wanted, `the session ended as ${session_state}, not as ${wanted}`)
    expect(succeeded === succeededWanted, `${succeeded} of ${succeededWanted} targets succeeded`)
    const deaf = this.#room!.info.bmcs.at(-1)!.nodes.at(-1)!.xname
    const told = error_message.includes(`${deaf}: `) && error_message.includes('Try: trivet ')
    expect(!withFailure || told, `the session's error does not say what failed on ${deaf} and what to try`)
    expect((exitCode === 0) !== withFailure, `following the session ended with exit code ${exitCode}`)
    expect(this.report.writeGapMs <= writeGapMsMax, `nobody could write for ${this.report.writeGapMs} ms`)
  }

  /** Ends at the first power command that comes too early: what follows it shows nothing any more. */
  async #unlessOverlap<Result>(work: () => Promise<Result>): Promise<Result> {
    const over = new AbortController()
    const watching = (async () => {
      const lines = this.#room!.follow({ after: 0, kinds: ['overlap'], signal: over.signal })
      for await (const line of lines) throw new Error(`the session was given up at line ${line.seq} of the ledger`)
    })()
    const working = work()
    // The one that is not waited for any more may fail when everything ends.
    for (const promise of [watching, working]) promise.catch(() => undefined)
    try {
      return await Promise.race([working, watching.then(() => working)])
    } finally {
      over.abort()
    }
  }

  /** Kills the leader when at least one node is on and at least one is not, by the room's word. */
  async #killLeader(): Promise<void> {
    const before = await this.#leader()
    const moment = await until(
      'a node is on and another is not',
      async () => {
        const { on, notOn } = await this.#room!.power()
        return on.length > 0 && notOn.length > 0 ? { on: on.length, notOn: notOn.length } : undefined
      },
      { timeoutMs: 60_000, pauseMs: 20 },
    )
    const leader = this.#peers.find(({ name }) => name === before.name)
    if (leader === undefined) throw new Error('no leader is known')
    this.#killed = leader
    this.report.kill = moment
    this.report.leader.before = before.id
    this.#say(
      `\n$ kill -9 ${leader.pid}   # peer ${leader.name} leads; nodes that are on: ${moment.on}, that are not: ${moment.notOn}`,
    )
    await leader.kill()
    await this.#room!.forwardTo(this.#peers.filter((peer) => peer.alive).map(({ addresses }) => addresses.node))
  }

  async #leader(): Promise<{ readonly id: string; readonly name: string }> {
    return until(
      'a leader is known',
      async () => {
        const { peers } = await this.#cli.json<{ peers: readonly { id: string; name: string; raft_role: string }[] }>(
          'peer',
          'list',
        )
        return peers.find(({ raft_role }) => raft_role === 'leader')
      },
      { timeoutMs: 15_000 },
    )
  }

  async #showNodes(): Promise<void> {
    this.report.leader.after = (await this.#leader()).id
    await this.#cli.must('node', 'list')
    const [{ nodes }, seen] = await Promise.all([
      this.#cli.json<{ nodes: readonly NodeJson[] }>('node', 'list'),
      this.#room!.nodes(),
    ])
    this.report.nodes = seen.map(({ xname, mac, fetches, failovers, failedFetches }) => {
      const id = nodes.find((node) => node.macs.includes(mac))?.id ?? ''
      return { id, xname, mac, fetches, failovers, failedFetches }
    })
    const failed = this.report.nodes.reduce((sum, { failedFetches }) => sum + failedFetches, 0)
    expect(failed === 0, `${failed} fetches of nodes failed`)
    const wanted = this.#options.nodes - Number(this.#options.withFailure)
    // A node whose report was taken by a peer that died before it said so repeats it.
    await until(
      `${wanted} nodes run, by the room's word`,
      async () => (await this.#room!.nodes()).filter(({ state }) => state === 'running').length === wanted || undefined,
      { timeoutMs: 15_000 },
    )
  }

  async #compareScripts(): Promise<void> {
    const seen = await this.#room!.nodes()
    const booted = seen.filter(({ state }) => state === 'running')
    const nodes = booted.map(({ xname, mac, lastScript }) => ({ xname, mac, attemptId: lastScript?.attempt ?? 'none' }))
    const { scripts, wrong } = await fetchScripts(
      this.#peers.filter((peer) => peer.alive),
      nodes,
    )
    this.report.scripts = scripts.map(({ node, revision, sha256ByPeer }) => ({
      node: this.report.nodes.find(({ xname }) => xname === node)?.id ?? '',
      revision,
      sha256ByPeer: Object.fromEntries(
        Object.entries(sha256ByPeer).map(([peer, sha256]) => [this.#idOfPeer(peer), sha256]),
      ),
    }))
    for (const { node, sha256ByPeer } of scripts) {
      const digests = Object.entries(sha256ByPeer).map(([peer, sha256]) => `${peer} ${sha256.slice(0, 12)}`)
      this.#say(`script of ${node}: ${digests.join(', ')}`)
    }
    expect(wrong.length === 0, wrong.join('; '))
  }

  /** What the quorum calls the peer of this name. */
  #idOfPeer(name: string): string {
    const { api } = this.#peers.find((peer) => peer.name === name)!.addresses
    return this.report.peers.find((peer) => peer.api === api)?.id ?? ''
  }

  async #bringBack(): Promise<void> {
    const back = this.#killed!
    this.#say(`\n$ ${back.commandLine} &   # peer ${back.name} returns`)
    await back.start()
    await back.ready(30_000)
    const own = this.#quietCli([back])
    const others = this.#quietCli(this.#peers.filter((peer) => peer !== back))
    type Status = { readonly revision: string; readonly state_hash: string }
    await until(
      `peer ${back.name} has caught up`,
      async () => {
        const [mine, theirs] = await Promise.all([
          own.json<Status>('peer', 'status'),
          others.json<Status>('peer', 'status'),
        ])
        return mine.revision === theirs.revision && mine.state_hash === theirs.state_hash ? true : undefined
      },
      { timeoutMs: 20_000 },
    )
    await this.#cli.must('peer', 'list')
    const pid = this.report.peers.find(({ api }) => api === back.addresses.api)
    if (pid !== undefined) pid.pid = back.pid
  }

  /**
   * Freezes each peer for a moment in which a node is changed through the others: when it wakes, it must not serve the
   * script of before as if it were the present one.
   */
  async #freezeEach(): Promise<void> {
    const { xname, mac } = (await this.#room!.nodes())[0]!
    const leader = await this.#leader()
    const last = (peer: PeerProcess) => Number(peer.name === leader.name)
    for (const peer of [...this.#peers].sort((one, other) => last(one) - last(other))) {
      const others = this.#peers.filter((other) => other !== peer)
      this.#say(`\n$ kill -STOP ${peer.pid}   # peer ${peer.name} stands still`)
      let fresh: Fetched | undefined
      const answer = await fetchOverFreeze(peer, mac, async () => {
        const words = ['node', 'update', xname, '--hostname', `while-${peer.name}-slept`]
        this.#say(`$ trivet ${words.join(' ')}`)
        await this.#quietCli(others).must(...words)
        fresh = await fetchScript(others[0]!, mac)
      })
      this.#say(`$ kill -CONT ${peer.pid}`)
      const isFresh = answer.sha256 === fresh?.sha256
      this.#say(
        `peer ${peer.name} serves ${isFresh ? 'the new script' : answer.stale ? 'an old one, and says so' : 'an old one'}`,
      )
      expect(
        isFresh || answer.stale,
        `peer ${peer.name} served an outdated script for ${xname} as the present one: the change was acknowledged before`,
      )
      await peer.ready(15_000)
    }
  }

  /** The CLI for checks of the demo's own. */
  #quietCli(peers: readonly PeerProcess[]): Cli {
    const server = peers.map(({ addresses }) => addresses.api).join(',')
    return new Cli({ cwd: this.#workspace.path, server, signal: this.#ending.signal })
  }

  async #judge(): Promise<void> {
    if (this.#room === undefined) return
    const ledger = await this.#room.ledger(['reset_accepted', 'reset_refused', 'overlap'])
    const { power, wrong } = judgePower(ledger)
    this.report.power = power
    expect(wrong.length === 0, wrong.join('; '))
  }
}

/** The composition root of a peer with one wrong port. */
function sabotagedRoot(sabotage: Sabotage | undefined) {
  if (sabotage === undefined) return undefined
  return { script: fileURLToPath(new URL('./sabotaged-peer.ts', import.meta.url)), args: [sabotage] }
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
