import { create } from '@bufbuild/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { ReportBootRequestSchema, ReportFetchesRequestSchema } from '../../../gen/trivet/peer/v1/peer_pb.ts'
import { CreateSessionRequestSchema } from '../../../gen/trivet/session/v1/session_pb.ts'
import type { PowerOperation } from '../../../gen/trivet/power/v1/power_pb.ts'
import type { ResetAnswer, ResetGuard } from '../../../redfish/port.ts'
import type { Reader } from '../../../state/read.ts'
import { given } from '../../../state/testing/given.ts'
import { FakeBmcDriver } from '../../../../test/support/fake-bmc/fake-bmc-driver.ts'
import { FakeBmc } from '../../../../test/support/fake-bmc/fake-bmc.ts'
import { nodeScript } from '../../boot/render/node-script.ts'
import { reportBoot } from '../../evidence/rules/report-boot.ts'
import { reportFetches } from '../../evidence/rules/report-fetches.ts'
import type { PowerPort } from '../../kernel/power-port.ts'
import { conclude } from '../../power/rules/observation.ts'
import { RedfishPower } from '../../power/redfish-power.ts'
import { allTables } from '../../testing/all-tables.ts'
import { bmc, bootable, node } from '../../testing/fixtures.ts'
import type { VirtualLeader } from '../../testing/virtual-leader.ts'
import { VirtualCluster } from '../../testing/virtual-leader.ts'
import { VirtualTime } from '../../testing/virtual-time.ts'
import { sessionController } from '../controller.ts'
import { createSession } from '../rules/create-session.ts'
import { isOpen, sessions, sessionTargets } from '../tables.ts'
import { overlaps } from './overlaps.ts'

/** How a room of emulated servers is furnished. */
export interface RoomOptions {
  /** Power of the nodes at the beginning, one list a BMC. */
  readonly bmcs: readonly (readonly ('On' | 'Off')[])[]
  readonly onMs?: number
  readonly offMs?: number
  /** How long after the end of a reset the old state is still shown. */
  readonly lateMs?: number
  /** From power to the fetch of the script, and from there to the report. */
  readonly fetchMs?: number
  readonly reportMs?: number
  /** Profile of quirks of all BMCs. */
  readonly profile?: string
}

const pollMs = 500

/** BMCs in memory with nodes behind them that boot what they are told, a cluster that leads them, and virtual time. */
export class SessionRoom {
  readonly time: VirtualTime
  readonly cluster: VirtualCluster
  readonly bmcs: readonly FakeBmc[]
  readonly xnames: readonly string[]
  /** Attempts that nodes have reported, in order. */
  readonly reports: { readonly nodeId: string; readonly attemptId: string }[] = []
  /** Nodes that do not boot. */
  readonly dead = new Set<string>()
  /** Runs right before each guard of a command. */
  beforeGuard: (nodeId: string) => Promise<void> = () => Promise.resolve()
  readonly #driver = new FakeBmcDriver()
  readonly #options: Required<RoomOptions>
  leader: VirtualLeader

  constructor(options: RoomOptions) {
    this.#options = {
      onMs: 4_000,
      offMs: 3_000,
      lateMs: 0,
      fetchMs: 2_000,
      reportMs: 5_000,
      profile: 'ilo',
      ...options,
    }
    const bmcXnames = options.bmcs.map((_, index) => `x1000c0s${index}b0`)
    const nodes = options.bmcs.map((powers, index) => powers.map((_power, at) => `${bmcXnames[index]}n${at}`))
    this.xnames = nodes.flat()
    const state = given(
      allTables,
      bmcXnames.map((xname) => bmc(xname, { profile: this.#options.profile })),
      nodes.map((behind) => behind.map((xname, at) => node(xname, { path: pathOf(at) }))),
      bootable,
    )
    this.time = new VirtualTime((ms) => state.advance(ms))
    this.cluster = new VirtualCluster(state, this.time)
    const { onMs, offMs, lateMs } = this.#options
    this.bmcs = options.bmcs.map((powers, index) => {
      const samples = powers.map((powerState, at) => ({
        id: `Node${at}`,
        mac: `02:00:00:00:0${index}:0${at}`,
        powerState,
      }))
      const fake = new FakeBmc({ nodes: samples, clock: this.time, onMs, offMs, lateMs })
      return this.#driver.add(`${bmcXnames[index]}.example`, fake)
    })
    for (const [index, behind] of nodes.entries()) {
      for (const [at, xname] of behind.entries()) void this.#live(this.bmcs[index]!, pathOf(at), `node-${xname}`)
    }
    this.leader = this.#elect()
  }

  get state() {
    return this.cluster.state
  }

  /** Lets another peer lead from now on. */
  newLeader(): VirtualLeader {
    this.leader = this.#elect()
    return this.leader
  }

  /** Starts a session over all nodes; gives its id. */
  start(request: Omit<MessageInitShape<typeof CreateSessionRequestSchema>, '$typeName'> = {}): string {
    const asked = { template: 'compute', nodes: this.xnames.join(','), ...request }
    return this.cluster.submit(createSession, create(CreateSessionRequestSchema, asked)).name
  }

  /** Lets time pass until a session has ended; gives its row. A leader that dies is followed after `electionMs`. */
  async ended(sessionId: string, options: { readonly electionMs?: number; readonly limitMs?: number } = {}) {
    const { electionMs = 1_000, limitMs = 3_600_000 } = options
    let electing = false
    const done = () => {
      if (this.leader.end !== undefined && !electing) {
        electing = true
        void this.time.sleep(electionMs).then(() => {
          electing = false
          this.newLeader()
        })
      }
      return !isOpen(this.session(sessionId).sessionState)
    }
    await this.time.until(done, limitMs, 'the end of the session')
    return this.session(sessionId)
  }

  session(id: string) {
    return this.state.get(sessions, id)!.value
  }

  /** The targets of a session, by xname. */
  targets(sessionId: string) {
    const targets = this.state.bucket(sessionTargets, 'session', sessionId)
    return Object.fromEntries(targets.map(({ value }) => [value.xname, value]))
  }

  /** Resets that came before the end of an earlier one at the same BMC was reported. There may be none. */
  get overlaps() {
    const { onMs, offMs, lateMs } = this.#options
    return this.bmcs.flatMap((fake, index) =>
      overlaps(fake.resets, {
        on: this.#options.bmcs[index]!.flatMap((power, at) => (power === 'On' ? [pathOf(at)] : [])),
        busyMs: { on: onMs + lateMs, off: offMs + lateMs },
      }),
    )
  }

  /** Reset types that each BMC took, in order. */
  get resets(): readonly (readonly string[])[] {
    return this.bmcs.map(({ resets }) => resets.filter(({ taken }) => taken).map(({ type }) => type))
  }

  #elect(): VirtualLeader {
    const targetOf = (_read: Reader, bmcId: string) => ({
      address: `${bmcId.replace(/^bmc-/, '')}.example`,
      tls: 'first_use' as const,
      credential: { username: 'root', password: 'initial0' },
    })
    const passes = (moment: string) => leader.pass(moment)
    const power = this.#observed(new RedfishPower({ driver: this.#driver, targetOf }), passes)
    const controller = sessionController({ power, conclude })
    // Its first moment comes when the leader is there.
    const leader = this.cluster.elect({
      ...controller,
      run: (context) => Promise.resolve().then(() => controller.run(context)),
    })
    return leader
  }

  /** Moments around everything that is done to a BMC. */
  #observed(inner: PowerPort, passes: (moment: string) => Promise<void>): PowerPort {
    return {
      profileOf: (read, nodeId) => inner.profileOf(read, nodeId),
      close: () => inner.close(),
      observe: async (read, nodeId, signal) => {
        await passes('power is to be observed')
        const power = await inner.observe(read, nodeId, signal)
        await passes('power is observed')
        return power
      },
      command: async (
        read: Reader,
        command: { readonly nodeId: string; readonly operation: PowerOperation },
        guard: ResetGuard,
        signal: AbortSignal,
      ): Promise<ResetAnswer> => {
        await passes('a command is to be sent')
        await this.beforeGuard(command.nodeId)
        const answer = await inner.command(read, command, guard, signal)
        await passes(`a command was ${answer.kind}`)
        return answer
      },
    }
  }

  /** A node: once it has power it fetches its script, boots, and reports the attempt that the script named. */
  async #live(fake: FakeBmc, path: string, nodeId: string): Promise<void> {
    const { fetchMs, reportMs } = this.#options
    for (;;) {
      await this.#whilePower(fake, path, { is: 'off' })
      if (!(await this.#whilePower(fake, path, { is: 'on', forMs: fetchMs }))) continue
      const attemptId = nodeScript(this.state, nodeId).bound?.attemptId
      if (attemptId === undefined || this.dead.has(nodeId)) {
        await this.#whilePower(fake, path, { is: 'on' })
        continue
      }
      const fetches = [{ nodeId, attemptId, timeMs: 0n }]
      this.cluster.submit(reportFetches, create(ReportFetchesRequestSchema, { fetches }))
      if (!(await this.#whilePower(fake, path, { is: 'on', forMs: reportMs }))) continue
      this.cluster.submit(reportBoot, create(ReportBootRequestSchema, { nodeId, attemptId }))
      this.reports.push({ nodeId, attemptId })
      await this.#whilePower(fake, path, { is: 'on' })
    }
  }

  /** Waits while the power is so, at most `forMs`; true if it still is. */
  async #whilePower(
    fake: FakeBmc,
    path: string,
    state: { readonly is: 'on' | 'off'; readonly forMs?: number },
  ): Promise<boolean> {
    const endMs = this.time.monotonicMs() + (state.forMs ?? Infinity)
    const isOn = () => fake.truth(path) === 'on'
    while (isOn() === (state.is === 'on')) {
      if (this.time.monotonicMs() >= endMs) return true
      await this.time.sleep(pollMs)
    }
    return false
  }
}

/** Path of the system of the n-th node behind a BMC. */
export function pathOf(at: number): string {
  return `/redfish/v1/Systems/Node${at}`
}
