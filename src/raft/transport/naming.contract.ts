import { expect, test } from 'vitest'
import type { PeerId } from '../core/types.ts'
import { contractPeers, deadline, heartbeat, Recorder, startConnected, type StartPeer } from './transport.contract.ts'

const [a, b, c] = contractPeers

/** What a `Transport` promises about whom it speaks with: `setPeers`. `setUp` gives each test a network of its own. */
export function namingContract(setUp: () => Promise<StartPeer>): void {
  test('whoever is not named any more is cut off, both ways, and is connected again once it is named again', async () => {
    const start = await setUp()
    const { recorders, transports } = await startConnected(start)
    const others = [b, c].map((id) => ({ id, name: id[0]!, address: start.addressOf(id) }))
    transports.a.setPeers(
      others.filter(({ id }) => id !== b),
      { index: 9, isNamed: true },
    )
    await expect.poll(() => recorders.b.links.get(a), deadline).toMatchObject({ outgoing: false, incoming: false })
    await expect.poll(() => recorders.a.relayLinks.get(b)?.at(-1), deadline).toBe(false)
    await expect.poll(() => recorders.a.links.get(b), deadline).toMatchObject({ outgoing: false, incoming: false })
    expect(transports.a.send(b, [heartbeat(a, b, 1)])).toBe(false)
    expect(transports.b.send(a, [heartbeat(b, a, 1)])).toBe(false)
    expect(transports.a.connections().map(({ id }) => id)).toEqual([c])
    // Nobody listens at the address of c, so b does not find it in its place.
    await expect.poll(() => transports.b.connections()[0]!.lastError, deadline).not.toBe('')
    transports.a.setPeers(others, { index: 12, isNamed: true })
    await expect.poll(() => recorders.a.relayLinks.get(b)?.at(-1), deadline).toBe(true)
    await expect.poll(() => recorders.b.relayLinks.get(a)?.at(-1), deadline).toBe(true)
    await expect.poll(() => transports.a.send(b, [heartbeat(a, b, 2)]), deadline).toBe(true)
    await expect.poll(() => recorders.b.messages.length, deadline).toBe(1)
    transports.a.close()
    transports.b.close()
  })

  test('a peer that goes by a newer configuration is spoken with by one that does not know it, until that is reached', async () => {
    const start = await setUp()
    const named = (...ids: PeerId[]) => ids.map((id) => ({ id, name: id[0]!, address: start.addressOf(id) }))
    const recorders = { a: new Recorder(), b: new Recorder() }
    const away = await start(a, recorders.a)
    away.setPeers(named(c), { index: 3, isNamed: true })
    const stranger = await start(b, recorders.b)
    // One that goes by an older one, or has no part in its own, is not.
    stranger.setPeers(named(a), { index: 2, isNamed: true })
    await expect.poll(() => stranger.connections()[0]!.lastError, deadline).not.toBe('')
    expect(recorders.a.links.get(b)?.incoming ?? false).toBe(false)
    stranger.setPeers(named(a), { index: 9, isNamed: false })
    expect(stranger.send(a, [heartbeat(b, a, 1)])).toBe(false)
    stranger.setPeers(named(a), { index: 9, isNamed: true })
    await expect.poll(() => recorders.a.links.get(b), deadline).toMatchObject({ outgoing: true, incoming: true })
    await expect.poll(() => stranger.send(a, [heartbeat(b, a, 2)]), deadline).toBe(true)
    expect(away.send(b, [heartbeat(a, b, 3)])).toBe(true)
    await expect.poll(() => recorders.a.messages.length, deadline).toBe(1)
    await expect.poll(() => recorders.b.messages.length, deadline).toBe(1)
    // The configuration that is reached does not name it: it was removed again.
    away.setPeers(named(c), { index: 9, isNamed: true })
    await expect.poll(() => recorders.a.links.get(b), deadline).toMatchObject({ outgoing: false, incoming: false })
    away.close()
    stranger.close()
  })
}
