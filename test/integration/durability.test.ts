import { expect, test } from 'vitest'
import { InventoryService } from '../../src/gen/trivet/inventory/v1/inventory_pb.ts'
import { Load } from '../support/processes/load.ts'
import { useSite } from '../support/processes/use-site.ts'

const rounds = 10
const clients = 8

const useLone = useSite({ purpose: 'durability' })

test('a peer that stands alone keeps what it has acknowledged, however often it is killed under load', async () => {
  const site = useLone()
  const [peer] = site.peers
  // Clients that go on where they were when the peer is back, with the same request ids.
  const load = new Load(
    site,
    'kept',
    Array.from({ length: clients }, () => site.peers),
  )
  for (let round = 0; round < rounds; round++) {
    await load.more(clients * 5)
    await peer!.kill()
    const acknowledged = [...load.acknowledged]
    await peer!.start()
    const { groups } = await site.client(InventoryService).listGroups({ pageSize: 1_000 }, { timeoutMs: 20_000 })
    const names = new Set(groups.map(({ name }) => name))
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([])
  }
  await load.stop()
  expect(load.failed).toEqual([])
  const { groups } = await site.client(InventoryService).listGroups({ pageSize: 1_000 })
  expect(groups.map(({ name }) => name).sort()).toEqual([...load.acknowledged].sort())
})
