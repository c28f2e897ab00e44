import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectCluster, type ClusterConnection } from './failover-client.ts'
import type { RpcServer } from './server.ts'
import { EchoService } from './testing/echo.ts'
import { TestBench } from './testing/test-bench.ts'

const callersInParallel = 16
const restartsOfEach = 3
const callsBetweenRestarts = 150

let bench: TestBench
let connections: ClusterConnection[]
beforeEach(() => {
  bench = new TestBench()
  connections = []
})
afterEach(async () => {
  for (const connection of connections) connection.close()
  await bench.close()
})

test('two servers restart in turn under load: every call is answered, and executed once', async () => {
  const executed = new Map<number, number>()
  const retried: unknown[] = []
  let answered = 0
  let waiting: { readonly until: number; readonly resolve: () => void } | undefined
  const enough = new AbortController()

  const start = (listen: string): Promise<RpcServer> =>
    bench.serveEcho(
      {
        say: async ({ count, write }) => {
          executed.set(count, (executed.get(count) ?? 0) + 1)
          if (write?.retry === true) retried.push(count)
          await new Promise((resolve) => setTimeout(resolve, 1))
          return { number: count }
        },
      },
      { listen },
    )
  const servers = [await start('127.0.0.1:0'), await start('127.0.0.1:0')]
  const addresses = servers.map(({ address }) => address)

  let calls = 0
  const caller = async (order: readonly string[]): Promise<void> => {
    const askClusterTime = () => Promise.resolve({ logTimeMs: 1, incarnation: '' })
    const connection = connectCluster({ addresses: order, askClusterTime })
    connections.push(connection)
    const client = connection.client(EchoService)
    while (!enough.signal.aborted) {
      const count = calls++
      expect((await client.say({ count })).number).toBe(count)
      answered++
      if (waiting !== undefined && answered >= waiting.until) waiting.resolve()
    }
  }
  // Half of the callers prefer each server, so that both are busy whenever one stops.
  const load = Array.from({ length: callersInParallel }, (_, index) =>
    caller(index % 2 === 0 ? addresses : addresses.toReversed()),
  )
  const moreAnswers = (): Promise<void> =>
    new Promise((resolve) => (waiting = { until: answered + callsBetweenRestarts, resolve }))

  for (let restart = 0; restart < restartsOfEach; restart++) {
    for (const [index, address] of addresses.entries()) {
      await moreAnswers()
      await servers[index]!.stop()
      servers[index] = await start(address)
    }
  }
  await moreAnswers()
  enough.abort()
  await Promise.all(load)

  expect(answered).toBe(calls)
  expect(answered).toBeGreaterThan(callsBetweenRestarts * restartsOfEach * 2)
  expect([...executed.values()].filter((times) => times !== 1)).toEqual([])
  expect(executed.size).toBe(calls)
  expect(retried).toEqual([])
})
