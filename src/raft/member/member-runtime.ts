import type { Message, PeerId, RawNode, Ready } from '../core/types.ts'
import { transferContext } from '../core/messages.ts'
import { localAppend, localApply, none } from '../core/types.ts'
import { confStateOf } from '../store/configuration.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import type { SnapshotFrame } from '../transport/snapshot-frame.ts'
import { isForgetful } from '../transport/hello.ts'
import type { LinkState, Transport, TransportEvents } from '../transport/transport.ts'
import type { Stop } from './clock.ts'
import { CommittedFeed } from './committed-feed.ts'
import { Compaction } from './compaction.ts'
import { coreConfig } from './core-config.ts'
import { EarlyCampaign } from './early-campaign.ts'
import { knownAfter, type KnownLeadership } from './known-leadership.ts'
import { LeaderSilence } from './leader-silence.ts'
import { declined, LeadershipTransfer } from './leadership-transfer.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { deliveredBytesMax, deliveredEntriesMax, electionTicks, heartbeatTicks, mainStallMs, tickMs } from './limits.ts'
import { MainWatch } from './main-watch.ts'
import { newCounters } from './member-counters.ts'
import type { MemberParts } from './member-parts.ts'
import { Membership } from './membership.ts'
import { Outbox } from './outbox.ts'
import { peerConnections } from './peer-connections.ts'
import { logPointOf } from './log-point.ts'
import type { ConfChangeAnswer, LogPoint, MadeSnapshot, MemberStatus, Proposal, TransferAnswer } from './port.ts'
import { ProposalQueue } from './proposal-queue.ts'
import { ReadRounds } from './read-rounds.ts'
import { RelayIntake } from './relay-intake.ts'
import { chainAnswer, Rejoin } from './rejoin.ts'
import { snapshotNamed, Snapshots } from './snapshots.ts'
import type { Runtime } from './runtime.ts'
import { stepDown } from './step-down.ts'
import { TickPunctuality } from './tick-punctuality.ts'
import { answers, firstIndexOf, isForPeers, mayChangeRoles } from './turn-messages.ts'

/**
 * Runs the core: carries what it wants done to store, transport and main, and what comes from them to it. Everything
 * that arrives in one turn of the event loop is taken in first, and then the core is asked what to do, once: so entries
 * share batches and messages share frames without ever waiting for each other.
 */
export class MemberRuntime implements Runtime, TransportEvents {
  readonly #parts: MemberParts
  readonly #core: RawNode
  readonly #proposals: ProposalQueue
  readonly #feed: CommittedFeed
  readonly #rounds: ReadRounds
  readonly #lease: LeaseKeeper
  readonly #early: EarlyCampaign
  readonly #transfer: LeadershipTransfer
  readonly #intake: RelayIntake
  readonly #main: MainWatch
  readonly #punctuality: TickPunctuality
  readonly #silence: LeaderSilence
  readonly #outbox: Outbox
  readonly #compaction: Compaction
  readonly #snapshots: Snapshots
  readonly #membership: Membership
  readonly #counters = newCounters()
  /** While this peer has lost entries, and must not vote. */
  #rejoin: Rejoin | undefined
  #transport: Transport | undefined
  #stopTicks: Stop | undefined
  #known: KnownLeadership
  #isTurnDue = false
  #isOver = false
  #ticks = 0

  constructor(parts: MemberParts) {
    const { clock, incarnation, lease, outlet, random, self, store } = parts
    this.#parts = parts
    this.#rejoin = parts.reason === undefined ? undefined : this.#makeRejoin()
    this.#snapshots = this.#makeSnapshots()
    const config = coreConfig({ self, appliedIndex: store.appliedAtStart, random })
    this.#core = parts.createCore(config, this.#snapshots.reader(this.#rejoin?.reader ?? store))
    this.#known = { term: store.initialState().hardState.term, role: 'follower', leader: none }
    this.#proposals = new ProposalQueue({
      propose: (data) => this.#core.propose(data),
      refused: (refusal) => outlet.refused(refusal),
      counters: this.#counters,
    })
    this.#outbox = new Outbox({
      transport: () => this.#transport,
      isSilent: () => this.#silence.isSilent,
      left: (peer, messages) => this.#transfer.left(peer, messages),
      unreachable: (peer) => this.#core.reportUnreachable(peer),
      counters: this.#counters,
    })
    this.#feed = new CommittedFeed({
      entriesMax: deliveredEntriesMax,
      bytesMax: deliveredBytesMax,
      appliedIndex: parts.appliedIndex,
      deliver: (entries) => outlet.committed(entries),
      reconfigure: (entry) => this.#membership.take(entry),
      done: (message) => this.#respond(message.responses),
    })
    const ask = (context: string) => this.#core.readIndex(context)
    const nowNs = () => clock.nowNs()
    this.#rounds = new ReadRounds({ prefix: `${incarnation}-read`, ask, nowNs })
    this.#lease = new LeaseKeeper({ cell: lease, prefix: `${incarnation}-lease`, ask, nowNs })
    this.#silence = new LeaderSilence({ store, lease: this.#lease, outlet, die: parts.die, known: () => this.#known })
    this.#transfer = new LeadershipTransfer({
      core: this.#core,
      lease: this.#lease,
      outlet,
      known: () => this.#known,
      isConnected: (peer) => this.#membership.isConnected(peer),
      votesAlone: () => this.#membership.votesAlone,
    })
    this.#early = new EarlyCampaign({
      clock,
      random,
      forgetLeader: () => this.#input(() => this.#core.forgetLeader()),
      campaign: () => this.#input(() => this.#campaign()),
    })
    this.#main = new MainWatch({ ask: () => outlet.probe(), nowNs })
    this.#punctuality = new TickPunctuality(nowNs)
    this.#intake = new RelayIntake((taken) => this.#transport?.takeRelays(taken))
    this.#compaction = new Compaction({
      store,
      applied: () => this.#core.status().applied,
      snapshots: this.#snapshots,
      syncWanted: (index) => outlet.syncWanted(index),
    })
    this.#membership = new Membership({
      self,
      contacts: parts.peers,
      store,
      core: this.#core,
      lease: this.#lease,
      outlet,
      transport: () => this.#transport,
      isRepairing: () => this.#rejoin !== undefined,
    })
  }

  /** Begins to work with the transport that tells this runtime its events. */
  start(transport: Transport): void {
    this.#transport = transport
    this.#membership.start()
    if (this.#rejoin !== undefined) this.#parts.outlet.repairing(this.#parts.reason ?? '')
    this.#stopTicks = this.#parts.clock.every(tickMs, () => this.#input(() => this.#tick()))
    this.#wake()
  }

  propose(proposal: Proposal): void {
    if (this.#isOver) return this.#proposals.refuse(proposal, 'stopping')
    this.#input(() => this.#proposals.add(proposal))
  }

  readIndex(read: { readonly id: number; readonly timeoutMs: number }): void {
    const { outlet } = this.#parts
    if (this.#isOver) return outlet.readAnswered(read.id, { ok: false, reason: 'stopped' })
    if (this.#rejoin !== undefined) return outlet.readAnswered(read.id, { ok: false, reason: 'damaged' })
    this.#input(() => this.#rounds.read(read.timeoutMs, (answer) => outlet.readAnswered(read.id, answer)))
  }

  applied(index: number): void {
    this.#input(() => this.#feed.applied(index))
  }

  stateSynced(index: number): void {
    this.#input(() => this.#compaction.stateSynced(index))
  }

  logPoint(index: number): LogPoint | undefined {
    return logPointOf(this.#parts.store, index)
  }

  snapshotMade(snapshot: MadeSnapshot | undefined): void {
    this.#input(() => this.#snapshots.made(snapshot))
  }

  snapshotFrame(from: PeerId, frame: SnapshotFrame): void {
    this.#input(() => this.#snapshots.frame(from, frame))
  }

  transferLeader(to: PeerId): TransferAnswer {
    const taken: { answer: TransferAnswer } = { answer: { ok: false, reason: 'stopped' } }
    this.#input(() => (taken.answer = this.#transfer.begin(to)))
    return taken.answer
  }

  proposeConfChange(change: MembershipChange): ConfChangeAnswer {
    const taken: { answer: ConfChangeAnswer } = { answer: { ok: false, reason: 'stopped' } }
    this.#input(() => (taken.answer = this.#membership.propose(change)))
    return taken.answer
  }

  relay(to: PeerId, payload: Uint8Array): void {
    // A loss is told by the connection, which the transport ends when too much waits.
    this.#input(() => this.#transport?.relay(to, payload))
  }

  relaysTaken(bytes: number): void {
    this.#input(() => this.#intake.taken(bytes))
  }

  probeAnswered(): void {
    this.#input(() => this.#main.answered())
  }

  received(from: PeerId, messages: readonly Message[]): void {
    this.#counters.messagesReceived += messages.length
    this.#input(() => {
      // What is acknowledged now would be lost with the log.
      if (this.#snapshots.isAwaitingStart) return
      for (const message of messages) this.#step(message, from)
    })
  }

  relayed(from: PeerId, payload: Uint8Array): void {
    this.#input(() => {
      this.#intake.given(payload.length)
      this.#parts.outlet.relayed({ from, payload })
    })
  }

  linkChanged(peer: PeerId, link: LinkState): void {
    this.#input(() => {
      // In this very turn the lease ends that stands no more: controllers look at it right before they act.
      this.#membership.linkChanged(peer, link)
      this.#early.linkChanged(peer, link)
      const fields = { peer, outgoing: link.outgoing, incoming: link.incoming }
      this.#parts.outlet.log({ level: 'info', message: 'a connection to a peer has changed', fields })
    })
  }

  dialFailed(peer: PeerId, reason: string): void {
    const { outlet } = this.#parts
    outlet.log({ level: 'warn', message: 'a peer cannot be reached', fields: { peer, reason } })
    if (this.#isOver || !isForgetful(reason)) return
    // Whoever remembers is right: this peer has nothing left that could tell.
    this.kill()
    outlet.damaged(reason)
  }

  relayChanged(peer: PeerId, connected: boolean): void {
    this.#input(() => this.#parts.outlet.connection({ peer, connected }))
  }

  status(): MemberStatus {
    const { store } = this.#parts
    return {
      ...this.#core.status(),
      peers: peerConnections(this.#membership.others, this.#transport),
      damaged: undefined,
      firstIndex: store.firstIndex(),
      logBytes: store.sizeBytes,
      syncs: store.syncs,
      readsAsked: this.#rounds.asked,
      ...this.#counters,
      mainStalls: this.#main.stalls,
      lateTicks: this.#punctuality.late,
    }
  }

  async stop(): Promise<void> {
    if (this.#isOver) return
    this.kill()
    this.#rounds.fail('stopped')
    this.#proposals.refuseAll()
    await this.#parts.store.close()
  }

  kill(): void {
    this.#isOver = true
    // The lease ends before any listener closes: a peer that finds nobody listening does not wait for its end.
    this.#lease.leads(0)
    this.#stopTicks?.()
    this.#early.stop()
    this.#transport?.close()
  }

  /** Takes something in, and asks the core at the end of the turn. What is thrown is a defect, and ends the process. */
  #input(take: () => void): void {
    if (this.#isOver) return
    try {
      take()
    } catch (error) {
      return this.#fail(error)
    }
    this.#wake()
  }

  #wake(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    this.#parts.clock.defer(() => {
      this.#isTurnDue = false
      this.#endTurn()
    })
  }

  #endTurn(): void {
    if (this.#isOver) return
    try {
      this.#proposals.append(this.#known.role === 'leader' ? this.#known.term : undefined)
      this.#rounds.turn(this.#known.leader !== none)
      this.#drain()
      this.#membership.connect()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#parts.die('defect', reason)
  }

  #tick(): void {
    this.#ticks++
    this.#punctuality.tick()
    this.#silence.tick()
    this.#main.tick()
    this.#snapshots.tick()
    if (this.#snapshots.isAwaitingStart) return
    if (this.#mustStandBack) this.#standBack()
    else this.#core.tick()
    if (this.#rejoin !== undefined) this.#rejoin.tick(this.#core.status())
    // A lone voter has nobody to wait for.
    if (this.#membership.votesAlone && this.#known.role === 'follower') this.#core.campaign()
    this.#membership.tick()
    this.#compaction.tick()
    this.#rounds.tick(this.#known.leader !== none)
    this.#transfer.tick()
    if (this.#ticks % heartbeatTicks === 0) this.#lease.renew()
  }

  /** A lone voter has nobody who could lead in its place. */
  get #mustStandBack(): boolean {
    return this.#main.isStuck && this.#membership.hasRival
  }

  /**
   * Main is stuck: this peer leads no more, and its time stands still, so that it does not campaign either until main
   * answers. It still votes and replicates, which needs no main.
   */
  #standBack(): void {
    if (this.#known.role !== 'leader') return
    const { term } = this.#known
    stepDown(this.#core)
    const message = `this peer leads no more: its main thread has not answered for ${mainStallMs / 1000} s`
    this.#parts.outlet.log({ level: 'warn', message, fields: { term } })
  }

  #campaign(): void {
    if (!this.#mustStandBack) this.#core.campaign()
  }

  /** Leadership would end at once, or could not be taken: the leader had better know than wait. */
  get #declines(): boolean {
    return this.#rejoin !== undefined || this.#mustStandBack || !this.#silence.diskWorks
  }

  /** Changes of leader and role are told one by one, so a message that may bring one is not taken in with others. */
  #step(message: Message, from: PeerId): void {
    if (message.from !== from) throw new Error(`peer ${from} sends in the name of peer ${message.from}`)
    if (message.type === 'pre_vote' || message.type === 'vote') {
      if (this.#abstains(message)) return
      this.#early.heardCandidate()
    }
    if (this.#silence.isSilent && answers.has(message.type)) return
    if (message.type === 'timeout_now' && this.#declines) {
      return this.#outbox.send([declined(message, { from: this.#parts.self, term: this.#known.term })])
    }
    if (this.#rejoin?.silences(message) || this.#rejoin?.heard(message) || this.#transfer.heard(message)) return
    const own = { from: this.#parts.self, term: this.#known.term }
    const answer = this.#known.role === 'leader' ? chainAnswer(message, this.#parts.store, own) : undefined
    if (answer !== undefined) return this.#outbox.send([answer])
    const isUsual = message.term === this.#known.term && !mayChangeRoles.has(message.type)
    if (!isUsual) this.#drain()
    this.#core.step(message)
    if (!isUsual) this.#drain()
  }

  #makeSnapshots(): Snapshots {
    const { files, outlet, snapshotChunkBytes: chunkBytes, store, die } = this.#parts
    return new Snapshots({
      chunkBytes,
      files,
      outlet,
      store,
      status: () => this.#core.status(),
      send: (to, frame) => this.#transport?.sendSnapshot(to, frame) === true,
      acknowledge: (leader, offer) => {
        // It brings nothing, so of its configuration nothing is believed.
        const confState = confStateOf(store.configurationAt(Math.max(offer.index, store.firstIndex() - 1)))
        this.#core.step(snapshotNamed(this.#core.status(), { leader, offer, confState }))
      },
      report: (to, delivered) => this.#input(() => this.#core.reportSnapshot(to, delivered)),
      fail: (reason) => die('log_write_failed', reason),
    })
  }

  #makeRejoin(): Rejoin {
    const { outlet, self, store, die } = this.#parts
    return new Rejoin({
      self,
      store,
      send: (message) => this.#outbox.send([message]),
      rejoined: () =>
        this.#input(() => {
          this.#rejoin = undefined
          this.#membership.rejoined()
          outlet.log({ level: 'info', message: 'the log is repaired, and this peer votes again', fields: {} })
          outlet.repairing('')
        }),
      differs: (reason) => die('defect', reason),
    })
  }

  /**
   * Whether this peer does not vote yet. Before it started again it may have heard a leader, whose lease rests on its
   * turning everybody else away for an election time-out since. It has forgotten that leader, so it turns everybody
   * away for as long. A leader that hands over asks for it itself.
   */
  #abstains({ context }: Message): boolean {
    return this.#ticks < electionTicks && context !== transferContext
  }

  /** Does all that the core wants done, until it wants nothing more. */
  #drain(): void {
    while (this.#core.hasReady() && !this.#isOver) {
      const ready = this.#core.ready()
      this.#noteLeadership(ready)
      for (const state of ready.readStates) {
        this.#rounds.answered(state)
        this.#lease.answered(state)
      }
      for (const message of ready.messages) if (message.type === 'snapshot') this.#snapshots.sendTo(message.to)
      this.#transfer.leaving(ready.messages)
      // What goes to peers goes first: a leader's disk writes while its followers' disks do (thesis §10.2.1).
      this.#outbox.send(ready.messages.filter(isForPeers))
      for (const message of ready.messages) {
        if (message.to === localAppend) this.#append(message)
        if (message.to === localApply) this.#feed.push(message)
      }
    }
  }

  #noteLeadership(ready: Ready): void {
    const before = this.#known
    const known = knownAfter(before, ready)
    if (known === before) return
    this.#known = known
    this.#counters.leadershipChanges++
    const leads = known.role === 'leader'
    if (leads && before.role !== 'leader') this.#counters.electionsWon++
    this.#lease.leads(leads ? known.term : 0)
    this.#transfer.leadershipChanged()
    this.#early.leaderChanged(known.leader)
    this.#rounds.leaderChanged(known.leader !== none)
    this.#parts.outlet.leadership({ ...known, firstIndex: leads ? firstIndexOf(known.term, ready.messages) : 0 })
  }

  #append(message: Message): void {
    const { term, vote, commit } = message
    // None comes over the wire yet. To write the rest of the message without it would leave a hole in the log.
    if (message.snapshot !== undefined) throw new Error(`snapshot ${message.snapshot.index} cannot be installed`)
    this.#parts.store.append({
      hardState: term === 0 ? undefined : { term, vote, commit },
      entries: message.entries,
      durable: () => this.#input(() => this.#respond(message.responses)),
    })
  }

  /** What may leave now that something is done: to this peer itself, or to others. */
  #respond(responses: readonly Message[]): void {
    if (this.#snapshots.isAwaitingStart) return
    const { self } = this.#parts
    for (const response of responses) if (response.to === self) this.#core.step(response)
    this.#outbox.send(responses.filter((response) => response.to !== self))
  }
}
