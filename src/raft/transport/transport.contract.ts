import { expect, test } from 'vitest'
import type { Message, PeerId } from '../core/types.ts'
import type { SnapshotFrame } from './snapshot-frame.ts'
import type { LinkState, Transport, TransportEvents } from './transport.ts'

/** Starts one of the peers a, b, c; again after it was closed, too. */
export type StartPeer = ((id: PeerId, events: TransportEvents) => Promise<Transport>) & {
  /** Where a peer listens, or will listen. */
  readonly addressOf: (id: PeerId) => string
}

export const contractPeers: readonly [PeerId, PeerId, PeerId] = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)]
const [a, b, c] = contractPeers

/** Keeps everything that it is told. */
export class Recorder implements TransportEvents {
  readonly messages: { readonly from: PeerId; readonly message: Message }[] = []
  readonly relays: { readonly from: PeerId; readonly text: string }[] = []
  readonly snapshotFrames: { readonly from: PeerId; readonly frame: SnapshotFrame }[] = []
  readonly links = new Map<PeerId, LinkState>()
  readonly failures: string[] = []
  readonly relayLinks = new Map<PeerId, boolean[]>()

  received(from: PeerId, messages: readonly Message[]): void {
    this.messages.push(...messages.map((message) => ({ from, message })))
  }

  relayed(from: PeerId, payload: Uint8Array): void {
    this.relays.push({ from, text: Buffer.from(payload).toString() })
  }

  snapshotFrame(from: PeerId, frame: SnapshotFrame): void {
    const data = frame.kind === 'chunk' ? { data: Uint8Array.from(frame.data) } : {}
    this.snapshotFrames.push({ from, frame: { ...frame, ...data } })
  }

  linkChanged(peer: PeerId, link: LinkState): void {
    this.links.set(peer, link)
  }

  dialFailed(peer: PeerId, reason: string): void {
    this.failures.push(`${peer} ${reason}`)
  }

  relayChanged(peer: PeerId, connected: boolean): void {
    const changes = this.relayLinks.get(peer) ?? []
    this.relayLinks.set(peer, [...changes, connected])
  }
}

export function heartbeat(from: PeerId, to: PeerId, commit: number): Message {
  return {
    type: 'heartbeat',
    from,
    to,
    term: 3,
    logTerm: 0,
    index: 0,
    entries: [],
    commit,
    commitTerm: 0,
    vote: '',
    reject: false,
    rejectHint: 0,
    context: 'round',
    snapshot: undefined,
    responses: [],
  }
}

/** How long a contract waits for what must come. */
export const deadline = { timeout: 10_000, interval: 5 }

/** Two peers, once all connections between them are up. */
export async function startConnected(start: StartPeer) {
  const recorders = { a: new Recorder(), b: new Recorder() }
  const transports = { a: await start(a, recorders.a), b: await start(b, recorders.b) }
  await expect.poll(() => recorders.a.relayLinks.get(b)?.at(-1), deadline).toBe(true)
  await expect.poll(() => recorders.b.relayLinks.get(a)?.at(-1), deadline).toBe(true)
  await expect.poll(() => recorders.a.links.get(b)?.outgoing, deadline).toBe(true)
  await expect.poll(() => recorders.a.links.get(b)?.incoming, deadline).toBe(true)
  await expect.poll(() => recorders.b.links.get(a)?.outgoing, deadline).toBe(true)
  return { recorders, transports }
}

/**
 * What every implementation of `Transport` promises about peers that name each other; see `namingContract` for the rest.
 * `setUp` gives each test a network of its own.
 */
export function transportContract(setUp: () => Promise<StartPeer>): void {
  test('messages arrive whole, once, in order, and say who sent them', async () => {
    const { recorders, transports } = await startConnected(await setUp())
    for (let commit = 1; commit <= 200; commit++) {
      expect(transports.a.send(b, [heartbeat(a, b, commit)])).toBe(true)
    }
    await expect.poll(() => recorders.b.messages.length, deadline).toBe(200)
    expect(recorders.b.messages).toEqual(
      Array.from({ length: 200 }, (_, at) => ({ from: a, message: heartbeat(a, b, at + 1) })),
    )
    transports.a.close()
    transports.b.close()
  })

  test('relays arrive whole, once and in order, both ways', async () => {
    const { recorders, transports } = await startConnected(await setUp())
    for (let at = 0; at < 100; at++) {
      expect(transports.a.relay(b, Buffer.from(`to b ${at}`))).toBe(true)
      expect(transports.b.relay(a, Buffer.from(`to a ${at}`))).toBe(true)
    }
    await expect.poll(() => recorders.b.relays.length, deadline).toBe(100)
    await expect.poll(() => recorders.a.relays.length, deadline).toBe(100)
    expect(recorders.b.relays).toEqual(Array.from({ length: 100 }, (_, at) => ({ from: a, text: `to b ${at}` })))
    transports.a.close()
    transports.b.close()
  })

  test('frames about snapshots arrive whole and in order, both ways, once the first one has connected', async () => {
    const { recorders, transports } = await startConnected(await setUp())
    const offer: SnapshotFrame = { kind: 'offer', id: 's1', index: 7, term: 3, sizeBytes: 1000 }
    await expect.poll(() => transports.a.sendSnapshot(b, offer), deadline).toBe(true)
    await expect.poll(() => recorders.b.snapshotFrames.length, deadline).toBe(1)
    const chunks = Array.from({ length: 20 }, (_, at): SnapshotFrame => ({
      kind: 'chunk',
      id: 's1',
      position: at * 50,
      checksum: 2 ** 32 - 1 - at,
      data: new Uint8Array(50).fill(at),
    }))
    for (const chunk of chunks) expect(transports.a.sendSnapshot(b, chunk)).toBe(true)
    const progress: SnapshotFrame = { kind: 'progress', id: 's1', durableBytes: 1000, refusal: '' }
    await expect.poll(() => transports.b.sendSnapshot(a, progress), deadline).toBe(true)
    await expect.poll(() => recorders.b.snapshotFrames.length, deadline).toBe(21)
    expect(recorders.b.snapshotFrames).toEqual([offer, ...chunks].map((frame) => ({ from: a, frame })))
    await expect.poll(() => recorders.a.snapshotFrames, deadline).toEqual([{ from: b, frame: progress }])
    transports.a.close()
    transports.b.close()
    expect(transports.a.sendSnapshot(b, offer)).toBe(false)
  })

  test('relays wait while they are not taken, and messages do not wait with them', async () => {
    const { recorders, transports } = await startConnected(await setUp())
    transports.b.takeRelays(false)
    transports.a.relay(b, Buffer.from('later'))
    transports.a.send(b, [heartbeat(a, b, 1)])
    await expect.poll(() => recorders.b.messages.length, deadline).toBe(1)
    expect(recorders.b.relays).toEqual([])
    transports.b.takeRelays(true)
    await expect.poll(() => recorders.b.relays, deadline).toEqual([{ from: a, text: 'later' }])
    transports.a.close()
    transports.b.close()
  })

  test('a peer that is not there is refused and gets nothing, and once it is there it is connected', async () => {
    const start = await setUp()
    const recorder = new Recorder()
    const transport = await start(a, recorder)
    await expect
      .poll(() => recorder.links.get(b), deadline)
      .toEqual({ outgoing: false, incoming: false, refused: true })
    expect(recorder.failures.filter((failure) => failure.startsWith(b))).toEqual([`${b} nothing listens there`])
    expect(transport.send(b, [heartbeat(a, b, 1)])).toBe(false)
    expect(transport.relay(b, Buffer.of(1))).toBe(false)
    expect(transport.connections().map((connection) => [connection.id, connection.outgoing])).toEqual([
      [b, false],
      [c, false],
    ])
    expect(transport.connections()[0]!.lastError).toBe('nothing listens there')
    const late = await start(b, new Recorder())
    await expect.poll(() => recorder.links.get(b), deadline).toEqual({ outgoing: true, incoming: true, refused: false })
    await expect.poll(() => transport.connections()[0]!.lastError, deadline).toBe('')
    transport.close()
    late.close()
  })

  test('the end of a peer is told, and its return', async () => {
    const start = await setUp()
    const { recorders, transports } = await startConnected(start)
    transports.b.close()
    await expect.poll(() => recorders.a.relayLinks.get(b), deadline).toEqual([true, false])
    await expect
      .poll(() => recorders.a.links.get(b), deadline)
      .toEqual({ outgoing: false, incoming: false, refused: true })
    const again = new Recorder()
    const returned = await start(b, again)
    await expect.poll(() => recorders.a.relayLinks.get(b), deadline).toEqual([true, false, true])
    await expect.poll(() => recorders.a.links.get(b)?.incoming, deadline).toBe(true)
    expect(transports.a.send(b, [heartbeat(a, b, 7)])).toBe(true)
    await expect.poll(() => again.messages.length, deadline).toBe(1)
    transports.a.close()
    returned.close()
  })

  test('a closed transport sends nothing', async () => {
    const { transports } = await startConnected(await setUp())
    transports.a.close()
    expect(transports.a.send(b, [heartbeat(a, b, 1)])).toBe(false)
    expect(transports.a.relay(b, Buffer.of(1))).toBe(false)
    transports.b.close()
  })
}
