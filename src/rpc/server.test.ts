import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { catalogue } from '../lib/error-catalogue.ts'
import { serve } from './server.ts'
import { echoService, never, TestBench } from './testing/test-bench.ts'

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

const onDefect = (): void => undefined

describe('listening', () => {
  test('port 0 takes a free port, and the address says which', async () => {
    const one = await bench.serveEcho({})
    const other = await bench.serveEcho({})
    expect(one.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
    expect(other.address).not.toBe(one.address)
  })

  test('a server answers at the IPv6 loopback as well', async () => {
    const server = await bench.serve([echoService({ say: async () => ({ text: 'six' }) })], { listen: '[::1]:0' })
    expect(server.address).toMatch(/^\[::1\]:\d+$/)
    expect((await bench.client(bench.channel(server.address)).say({})).text).toBe('six')
  })

  test('an address that is taken, foreign or none at all is LISTEN_FAILED, with its text', async () => {
    const { address: taken } = await bench.serveEcho({})
    for (const listen of [taken, '192.0.2.1:0', 'no such address', '']) {
      await expect(serve({ listen, services: [], onDefect }), listen).rejects.toMatchObject({
        code: 'LISTEN_FAILED',
        params: { address: listen },
      })
    }
    expect(catalogue.LISTEN_FAILED.exit).toBe(65)
  })

  test('the port is free again when the server has stopped', async () => {
    const first = await bench.serveEcho({ say: async () => ({ text: 'first' }) })
    await first.stop()
    const second = await bench.serveEcho({ say: async () => ({ text: 'second' }) }, { listen: first.address })
    expect((await bench.client(bench.channel(second.address)).say({})).text).toBe('second')
  })
})

describe('stopping', () => {
  test('a unary call that is being answered gets its answer', async () => {
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const server = await bench.serveEcho({
      say: async () => {
        begun.resolve()
        await goOn.promise
        return { text: 'done' }
      },
    })
    const answer = bench.client(bench.channel(server.address)).say({})
    await begun.promise
    const stopped = server.stop()
    goOn.resolve()
    expect((await answer).text).toBe('done')
    await stopped
  })

  test('a call that never ends is cut after the grace period, and the stop ends', async () => {
    const begun = Promise.withResolvers<void>()
    const server = await bench.serveEcho({
      say: () => {
        begun.resolve()
        return never()
      },
    })
    const failed = bench.client(bench.channel(server.address)).say({})
    failed.catch(() => undefined)
    await begun.promise
    await server.stop({ graceMs: 50 })
    await expect(failed).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  test('twice is the same as once', async () => {
    const server = await bench.serveEcho({})
    expect(server.stop()).toBe(server.stop({ graceMs: 0 }))
    await server.stop()
  })
})
