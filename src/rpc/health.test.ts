import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
} from '../gen/grpc/health/v1/health_pb.ts'
import { createClient, type ServiceClient } from './client.ts'
import { Health } from './health.ts'
import { TestBench } from './testing/test-bench.ts'
import type { RpcServer } from './server.ts'

let bench: TestBench
let health: Health
let server: RpcServer
let client: ServiceClient<typeof HealthService>
beforeEach(async () => {
  bench = new TestBench()
  health = new Health()
  health.set('', true)
  server = await bench.serveEcho({}, { health })
  client = createClient(HealthService, bench.channel(server.address))
})
afterEach(() => bench.close())

test('by default the server and each of its services serve', async () => {
  const plain = await bench.serveEcho({})
  const other = createClient(HealthService, bench.channel(plain.address))
  for (const service of ['', 'trivet.rpc.testing.EchoService']) {
    expect((await other.check({ service })).status, service).toBe(Status.SERVING)
  }
})

test('a service that was never named is NOT_FOUND for Check, as the protocol demands', async () => {
  await expect(client.check({ service: 'leader' })).rejects.toMatchObject({
    code: 'SERVICE_UNKNOWN',
    params: { service: 'leader' },
  })
  health.set('leader', false)
  expect((await client.check({ service: 'leader' })).status).toBe(Status.NOT_SERVING)
  health.set('leader', true)
  expect((await client.check({ service: 'leader' })).status).toBe(Status.SERVING)
})

test('Watch says the present status and each change of that service, and nothing else', async () => {
  const seen: Status[] = []
  for await (const { status } of client.watch({ service: 'leader' })) {
    seen.push(status)
    if (seen.length === 1) {
      health.set('', false)
      health.set('leader', false)
    }
    if (seen.length === 2) {
      health.set('leader', false)
      health.set('leader', true)
    }
    if (seen.length === 3) break
  }
  expect(seen).toEqual([Status.SERVICE_UNKNOWN, Status.NOT_SERVING, Status.SERVING])
})

test('watchers are told NOT_SERVING before a stopping server ends their streams', async () => {
  health.set('leader', true)
  const seen: unknown[] = []
  const watching = (async () => {
    for await (const { status } of client.watch({ service: 'leader' })) {
      if (seen.push(status) === 1) void server.stop()
    }
  })()
  await expect(watching).rejects.toMatchObject({ code: 'NOT_READY' })
  expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING])
})

test('a lame duck says NOT_SERVING and still answers, until its time is over', async () => {
  const stopped = server.stop({ lameDuckMs: 200 })
  expect((await client.check({})).status).toBe(Status.NOT_SERVING)
  await stopped
  await expect(client.check({})).rejects.toMatchObject({ code: 'UNREACHABLE' })
})
