import { expect, test } from 'vitest'
import { trivetError } from '../../lib/errors.ts'
import { entrySizeBytesMax, relaySizeBytesMax } from '../transport/limits.ts'
import { systemClock } from './clock.ts'
import { DamagedRuntime } from './damaged-runtime.ts'
import { EventRecorder } from './event-recorder.ts'
import { LeaseCell } from './lease-cell.ts'
import { ManualClock } from './manual-clock.ts'
import { MemberProxy } from './member-proxy.ts'
import type { Outlet } from './outlet.ts'
import { localPorts, type PacketPort } from './packet-port.ts'
import type { MembershipChange } from '../store/conf-change-entry.ts'
import type { ConfChangeAnswer, LogPoint, MadeSnapshot, MemberStatus, TransferAnswer } from './port.ts'
import type { Runtime } from './runtime.ts'
import { WorkerSession } from './worker-session.ts'

/** A runtime that keeps what it is told, and tells what a test wants. */
class FakeRuntime implements Runtime {
  readonly calls: string[] = []
  readonly outlet: Outlet

  constructor(outlet: Outlet) {
    this.outlet = outlet
  }

  propose(proposal: { readonly number: number; readonly data: Uint8Array }): void {
    this.calls.push(`propose ${proposal.number} ${Buffer.from(proposal.data).toString()}`)
  }

  readIndex(read: { readonly id: number; readonly timeoutMs: number }): void {
    this.calls.push(`read ${read.timeoutMs}`)
    this.outlet.readAnswered(read.id, { ok: true, index: 9, leader: 'l', term: 2 })
  }

  applied(index: number): void {
    this.calls.push(`applied ${index}`)
  }

  stateSynced(index: number): void {
    this.calls.push(`synced ${index}`)
  }

  logPoint(index: number): LogPoint | undefined {
    return index > 9 ? undefined : { index, term: 2, chain: Uint8Array.of(7), configuration: Uint8Array.of(8, 9) }
  }

  snapshotMade(snapshot: MadeSnapshot | undefined): void {
    this.calls.push(`made ${snapshot?.id}`)
  }

  transferLeader(to: string): TransferAnswer {
    return to === 'a' ? { ok: true, term: 7 } : { ok: false, reason: 'not_a_voter' }
  }

  proposeConfChange({ steps }: MembershipChange): ConfChangeAnswer {
    this.calls.push(`change ${steps.map(({ kind, peer }) => `${kind} ${peer.name}`).join()}`)
    return { ok: true, index: 8, term: 7 }
  }

  relay(to: string, payload: Uint8Array): void {
    this.calls.push(`relay ${to} ${Buffer.from(payload).toString()}`)
  }

  relaysTaken(bytes: number): void {
    this.calls.push(`taken ${bytes}`)
  }

  probeAnswered(): void {
    this.calls.push('there')
  }

  status(): MemberStatus {
    return new DamagedRuntime({ self: 'a', peers: [], reason: 'fake', outlet: this.outlet }).status()
  }

  async stop(): Promise<void> {
    this.calls.push('stop')
  }

  kill(): void {
    this.calls.push('kill')
  }
}

async function setUp(open?: () => Promise<never>) {
  const clock = new ManualClock()
  const events = new EventRecorder()
  const lease = new LeaseCell()
  const packets = { toWorker: 0, toMain: 0 }
  const [mainEnd, workerEnd] = localPorts((callback) => clock.defer(callback))
  const counted = (port: PacketPort, way: 'toWorker' | 'toMain'): PacketPort => ({
    ...port,
    post: (packet) => {
      packets[way]++
      port.post(packet)
    },
  })
  const logged: string[] = []
  const closed: string[] = []
  const proxy = new MemberProxy({
    id: 'a',
    clock,
    events,
    lease,
    port: counted(mainEnd, 'toWorker'),
    log: (record) => logged.push(record.message),
    closeListeners: async (reason) => {
      closed.push(reason)
    },
  })
  const session = new WorkerSession(counted(workerEnd, 'toMain'), clock)
  const runtime = new FakeRuntime(session.outlet)
  await session.run(open ?? (async () => ({ runtime, address: '127.0.0.1:9' })))
  const started = proxy.started()
  started.catch(() => {})
  /** Lets packets cross, both ways, and promises resolve. */
  const settle = async () => {
    for (let turn = 0; turn < 3; turn++) {
      clock.turn()
      await new Promise(setImmediate)
    }
  }
  await settle()
  return { clock, events, lease, packets, proxy, session, runtime, settle, started, logged, closed }
}

test('main answers a probe once it takes packets, without being asked by anybody else', async () => {
  const { events, runtime, settle } = await setUp()
  runtime.outlet.probe()
  await settle()
  expect(runtime.calls).toEqual(['there'])
  expect(events.order).toEqual([])
})

test('calls arrive in order, those of one turn in one packet', async () => {
  const { packets, proxy, runtime, settle, started } = await setUp()
  await started
  expect(proxy.address).toBe('127.0.0.1:9')
  runtime.outlet.connection({ peer: 'b', connected: true })
  await settle()
  const before = packets.toWorker
  for (let number = 1; number <= 50; number++) {
    proxy.propose({ term: 1, number, previous: number - 1, data: Buffer.from(`data ${number}`) })
  }
  proxy.applied(7)
  proxy.stateSynced(6)
  expect(proxy.relay('b', Buffer.from('hello'))).toBe(true)
  await settle()
  expect(packets.toWorker).toBe(before + 1)
  expect(runtime.calls).toEqual([
    ...Array.from({ length: 50 }, (_, at) => `propose ${at + 1} data ${at + 1}`),
    'applied 7',
    'synced 6',
    'relay b hello',
  ])
})

test('events arrive in order, those of one turn in one packet', async () => {
  const { events, packets, runtime, settle } = await setUp()
  const before = packets.toMain
  const { outlet } = runtime
  outlet.leadership({ term: 3, role: 'leader', leader: 'a', firstIndex: 5 })
  for (let index = 5; index <= 30; index++) {
    outlet.committed([{ index, term: 3, type: 'normal', data: Buffer.from(`entry ${index}`) }])
  }
  outlet.refused({ term: 3, number: 8, reason: 'full' })
  outlet.leadership({ term: 4, role: 'follower', leader: 'b', firstIndex: 0 })
  outlet.damaged('gone')
  outlet.log({ level: 'info', message: 'something', fields: {} })
  await settle()
  expect(packets.toMain).toBe(before + 1)
  expect(events.order).toEqual([
    'leadership leader 3',
    ...Array.from({ length: 26 }, (_, at) => `committed ${at + 5}`),
    'refused 8 full',
    'leadership follower 4',
  ])
  expect(events.entries[25]).toEqual({ index: 30, term: 3, type: 'normal', text: 'entry 30' })
  expect(events.damages).toEqual(['gone'])
})

test('reads of one turn with the same time-out are one question, and one promise', async () => {
  const { proxy, runtime, settle } = await setUp()
  const reads = [proxy.readIndex(250), proxy.readIndex(250), proxy.readIndex(1000)]
  expect(reads[1]).toBe(reads[0])
  expect(reads[2]).not.toBe(reads[0])
  await settle()
  expect(await Promise.all(reads)).toEqual(
    Array.from({ length: 3 }, () => ({ ok: true, index: 9, leader: 'l', term: 2 })),
  )
  expect(runtime.calls).toEqual(['read 250', 'read 1000'])
  const later = proxy.readIndex(250)
  expect(later).not.toBe(reads[0])
  await settle()
  await later
  expect(runtime.calls).toEqual(['read 250', 'read 1000', 'read 250'])
})

test('a read that the worker does not answer in time is told so by main itself', async () => {
  const { clock, proxy, runtime, settle } = await setUp()
  runtime.readIndex = () => {}
  const read = proxy.readIndex(250)
  await settle()
  clock.advance(250)
  expect(await read).toEqual({ ok: false, reason: 'timeout' })
})

test('a relay is refused while the peer is not connected', async () => {
  const { events, proxy, runtime, settle } = await setUp()
  expect(proxy.relay('b', Buffer.of(1))).toBe(false)
  runtime.outlet.connection({ peer: 'b', connected: true })
  await settle()
  expect(proxy.relay('b', Buffer.of(1))).toBe(true)
  runtime.outlet.connection({ peer: 'b', connected: false })
  await settle()
  expect(proxy.relay('b', Buffer.of(1))).toBe(false)
  expect(events.connections.map((change) => change.connected)).toEqual([true, false])
})

test('relayed messages give credit back once main has handled them', async () => {
  const { events, runtime, settle } = await setUp()
  runtime.outlet.relayed({ from: 'b', payload: Buffer.from('12345') })
  runtime.outlet.relayed({ from: 'b', payload: Buffer.from('123') })
  await settle()
  await settle()
  expect(events.relays.map((relay) => relay.text)).toEqual(['12345', '123'])
  expect(runtime.calls).toEqual(['taken 8'])
})

test('what is larger than its limit is a defect of the caller', async () => {
  const { proxy } = await setUp()
  const tooLarge = { term: 1, number: 1, previous: 0, data: new Uint8Array(entrySizeBytesMax + 1) }
  expect(() => proxy.propose(tooLarge)).toThrow(RangeError)
  expect(() => proxy.relay('b', new Uint8Array(relaySizeBytesMax + 1))).toThrow(RangeError)
})

test('the status is that of the worker', async () => {
  const { proxy, settle } = await setUp()
  const status = proxy.status()
  await settle()
  expect(await status).toMatchObject({ id: 'a', damaged: 'fake', role: 'follower' })
})

test('after stop, reads are told, proposals are refused by number and relays are not taken', async () => {
  const { events, proxy, runtime, settle } = await setUp()
  runtime.readIndex = () => {}
  const waiting = proxy.readIndex(60_000)
  await settle()
  const stopped = proxy.stop()
  expect(await proxy.readIndex(250)).toEqual({ ok: false, reason: 'stopped' })
  proxy.propose({ term: 2, number: 4, previous: 3, data: Buffer.of(1) })
  expect(proxy.relay('b', Buffer.of(1))).toBe(false)
  await expect(proxy.status()).rejects.toMatchObject({ code: 'NOT_READY' })
  await settle()
  await stopped
  expect(await waiting).toEqual({ ok: false, reason: 'stopped' })
  expect(events.refusals).toEqual([{ term: 2, number: 4, reason: 'stopping' }])
  expect(runtime.calls).toEqual(['stop'])
})

test('a start that fails is told with its code and parameters, or with its text', async () => {
  const locked = await setUp(async () => {
    throw trivetError('DATA_DIRECTORY_LOCKED', { directory: '/data' })
  })
  await expect(locked.started).rejects.toMatchObject({ code: 'DATA_DIRECTORY_LOCKED', params: { directory: '/data' } })
  const defect = await setUp(async () => {
    throw new Error('something else')
  })
  await expect(defect.started).rejects.toThrow('something else')
})

test('before the worker kills the process, main closes its listeners', async () => {
  const { closed, session, settle } = await setUp()
  let isDone = false
  void session.closeListeners('EIO').then(() => (isDone = true))
  await settle()
  await settle()
  expect(closed).toEqual(['EIO'])
  expect(isDone).toBe(true)
})

test('the lease is what the worker wrote last', async () => {
  const { lease, proxy } = await setUp()
  expect(proxy.lease()).toEqual({ term: 0, endsAtNs: 0n })
  lease.write({ term: 3, endsAtNs: 5n })
  expect(proxy.lease()).toEqual({ term: 3, endsAtNs: 5n })
})

test('no event comes before the caller has its member', async () => {
  const clock = new ManualClock()
  const [mainEnd, workerEnd] = localPorts((callback) => clock.defer(callback))
  const events = new EventRecorder()
  const proxy = new MemberProxy({
    id: 'a',
    port: mainEnd,
    clock: { ...systemClock, defer: (callback) => clock.defer(callback) },
    lease: new LeaseCell(),
    events,
    log: () => {},
    closeListeners: async () => {},
  })
  const session = new WorkerSession(workerEnd, clock)
  const seen: string[] = []
  events.damaged = (reason) => seen.push(`event ${reason}`)
  const caller = async () => {
    await proxy.started()
    await Promise.resolve()
    seen.push('started')
  }
  const calling = caller()
  await session.run(async () => {
    session.outlet.damaged('before')
    return { runtime: new FakeRuntime(session.outlet), address: 'x' }
  })
  session.outlet.damaged('after')
  for (let turn = 0; turn < 3; turn++) {
    clock.turnOnce()
    await new Promise(setImmediate)
  }
  await calling
  expect(seen).toEqual(['started', 'event before', 'event after'])
})

test('what a snapshot must say of the log is asked of the worker; a member that stops says nothing of it', async () => {
  const { proxy, runtime, settle, started, events } = await setUp()
  await started
  const points = Promise.all([proxy.logPoint(9), proxy.logPoint(10)])
  proxy.snapshotMade({ id: 's1', index: 9, term: 2, sizeBytes: 5, file: 'snapshots/s1' })
  proxy.snapshotMade(undefined)
  runtime.outlet.syncWanted(8)
  runtime.outlet.snapshotWanted()
  runtime.outlet.snapshotUnused('s0')
  runtime.outlet.snapshotArrived(12)
  await settle()
  const [known, unknown] = await points
  expect(known).toEqual({ index: 9, term: 2, chain: Uint8Array.of(7), configuration: Uint8Array.of(8, 9) })
  expect(unknown).toBeUndefined()
  expect(runtime.calls).toEqual(['made s1', 'made undefined'])
  expect(events.syncsWanted).toEqual([8])
  expect(events.order).toEqual(['snapshot wanted', 'snapshot s0 unused', 'snapshot arrived 12'])
  void proxy.stop()
  expect(await proxy.logPoint(9)).toBeUndefined()
})

test('a change of who takes part is answered by the worker, and what is in force is told', async () => {
  const { proxy, runtime, settle, started, events } = await setUp()
  await started
  const peer = { id: 'b', name: 'bee', address: 'h:1' }
  const change: MembershipChange = { transition: 'auto', steps: [{ kind: 'add_learner', peer }] }
  const answer = proxy.proposeConfChange(change)
  const none = { votersOutgoing: [], learnersNext: [], autoLeave: false }
  const configuration = { index: 8, peers: [peer], voters: ['a'], learners: ['b'], ...none }
  runtime.outlet.configuration(configuration)
  await settle()
  expect(await answer).toEqual({ ok: true, index: 8, term: 7 })
  expect(runtime.calls).toEqual(['change add_learner bee'])
  expect(events.configurations).toEqual([configuration])
  void proxy.stop()
  expect(await proxy.proposeConfChange(change)).toEqual({ ok: false, reason: 'stopped' })
})

test('a transfer of leadership is answered by the worker, and by nobody once the member stops', async () => {
  const { proxy, settle, started } = await setUp()
  await started
  const answers = Promise.all([proxy.transferLeader('a'), proxy.transferLeader('b')])
  await settle()
  expect(await answers).toEqual([
    { ok: true, term: 7 },
    { ok: false, reason: 'not_a_voter' },
  ])
  void proxy.stop()
  expect(await proxy.transferLeader('a')).toEqual({ ok: false, reason: 'stopped' })
})
