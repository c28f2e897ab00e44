import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { CallContext } from './call-context.ts'
import { collected, never, TestBench } from './testing/test-bench.ts'

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

/** Takes the context of the next call, when its handler begins. */
function contextOf() {
  const { promise, resolve } = Promise.withResolvers<CallContext>()
  return { begun: promise, begin: resolve }
}

async function* forever(call: CallContext, begin: (call: CallContext) => void) {
  begin(call)
  yield { number: 1 }
  await never()
}

async function* endless() {
  yield { text: 'x' }
  await never()
}

describe('a caller that cancels', () => {
  test('aborts the signal of a unary handler, and gets CANCELLED', async () => {
    const { begun, begin } = contextOf()
    const client = await bench.echo({
      say: (_request, call) => {
        begin(call)
        return never()
      },
    })
    const caller = new AbortController()
    const failed = client.say({}, { signal: caller.signal }).catch((error: unknown) => error)
    const call = await begun
    expect(call.signal.aborted).toBe(false)
    caller.abort('no longer wanted')
    expect(await failed).toMatchObject({ code: 'CANCELLED' })
    await vi.waitFor(() => expect(call.signal.reason).toMatchObject({ code: 'CANCELLED' }))
  })

  test('aborts the signal of each kind of stream', async () => {
    for (const kind of ['repeat', 'gather', 'converse'] as const) {
      const { begun, begin } = contextOf()
      const client = await bench.echo({
        repeat: (_request, call) => forever(call, begin),
        gather: (_requests, call) => {
          begin(call)
          return never()
        },
        converse: (_requests, call) => forever(call, begin),
      })
      const caller = new AbortController()
      const options = { signal: caller.signal }
      const calls = {
        repeat: () => collected(client.repeat({}, options)),
        gather: () => client.gather(endless(), options),
        converse: () => collected(client.converse(endless(), options)),
      }
      const failed = calls[kind]().catch((error: unknown) => error)
      const call = await begun
      caller.abort()
      expect(await failed, kind).toMatchObject({ code: 'CANCELLED' })
      await vi.waitFor(() => expect(call.signal.reason, kind).toMatchObject({ code: 'CANCELLED' }))
    }
  })

  test('before the call has begun sends nothing', async () => {
    let ran = false
    const client = await bench.echo({
      say: async () => {
        ran = true
        return {}
      },
    })
    const options = { signal: AbortSignal.abort() }
    await expect(client.say({}, options)).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(collected(client.repeat({}, options))).rejects.toMatchObject({ code: 'CANCELLED' })
    await client.say({})
    expect(ran).toBe(true)
    expect(bench.defects).toEqual([])
  })

  test('ends a stream of requests with an error, never as if it were complete', async () => {
    const ends: unknown[] = []
    const received = Promise.withResolvers<void>()
    const client = await bench.echo({
      gather: async (requests) => {
        try {
          for await (const request of requests) {
            expect(request.text).toBe('x')
            received.resolve()
          }
          ends.push('complete')
        } catch (error) {
          ends.push(error)
        }
        return {}
      },
    })
    const caller = new AbortController()
    const failed = client.gather(endless(), { signal: caller.signal }).catch((error: unknown) => error)
    await received.promise
    caller.abort()
    await failed
    await vi.waitFor(() => expect(ends).toMatchObject([{ code: 'CANCELLED' }]))
  })
})

describe('a caller that leaves', () => {
  test('the loop over an answer ends the handler, whose `finally` runs', async () => {
    const { begun, begin } = contextOf()
    const ended = Promise.withResolvers<void>()
    const client = await bench.echo({
      repeat: async function* (_request, call) {
        begin(call)
        try {
          for (let number = 0; ; number++) yield { number }
        } finally {
          ended.resolve()
        }
      },
    })
    for await (const { number } of client.repeat({})) if (number === 3) break
    const call = await begun
    await ended.promise
    await vi.waitFor(() => expect(call.signal.reason).toMatchObject({ code: 'CANCELLED' }))
    expect(bench.defects).toEqual([])
  })

  test('a conversation ends the handler, and the source of the requests', async () => {
    const { begun, begin } = contextOf()
    let sourceEnded = false
    async function* source() {
      try {
        for (;;) {
          yield { text: 'x' }
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        sourceEnded = true
      }
    }
    const client = await bench.echo({
      converse: async function* (requests, call) {
        begin(call)
        for await (const { text } of requests) yield { text }
      },
    })
    for await (const { text } of client.converse(source())) if (text === 'x') break
    const call = await begun
    await vi.waitFor(() => expect([sourceEnded, call.signal.aborted]).toEqual([true, true]))
  })

  test('by losing its connection aborts the signal as well', async () => {
    const { begun, begin } = contextOf()
    const server = await bench.serveEcho({ repeat: (_request, call) => forever(call, begin) })
    const { forwarder, address } = await bench.forward(server.address)
    const client = bench.client(bench.channel(address))
    const failed = collected(client.repeat({})).catch((error: unknown) => error)
    const call = await begun
    forwarder.cut()
    await vi.waitFor(() => expect(call.signal.reason).toMatchObject({ code: 'CANCELLED' }))
    expect(await failed).toMatchObject({ code: 'UNREACHABLE' })
  })
})

describe('a deadline that passes', () => {
  test('aborts the signal of the handler, and the error names method and limit', async () => {
    const { begun, begin } = contextOf()
    const client = await bench.echo({
      say: (_request, call) => {
        begin(call)
        return never()
      },
    })
    await expect(client.say({}, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      params: { what: '/trivet.rpc.testing.EchoService/Say', limitMs: 50 },
    })
    const call = await begun
    await vi.waitFor(() => expect(call.signal.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' }))
    expect(bench.defects).toEqual([])
  })

  test('ends a stream behind the messages that were in time', async () => {
    const { begun, begin } = contextOf()
    const client = await bench.echo({ repeat: (_request, call) => forever(call, begin) })
    const numbers: number[] = []
    const reading = (async () => {
      for await (const { number } of client.repeat({}, { timeoutMs: 100 })) numbers.push(number)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(numbers).toEqual([1])
    const call = await begun
    await vi.waitFor(() => expect(call.signal.aborted).toBe(true))
  })
})

describe('a server that ends', () => {
  test('a handler that has answered sees no abort, and one that was told to stop needs no answer', async () => {
    const { begun, begin } = contextOf()
    const client = await bench.echo({
      say: async (_request, call) => {
        begin(call)
        return {}
      },
    })
    await client.say({})
    const call = await begun
    // A second round trip over the same connection: whatever the end of the first call emits has been emitted.
    await client.say({})
    expect(call.signal.aborted).toBe(false)
  })

  test('its streams end with NOT_READY when it stops, also those whose handlers do not look at their signal', async () => {
    const repeat = contextOf()
    const gather = contextOf()
    const server = await bench.serveEcho({
      repeat: (_request, call) => forever(call, repeat.begin),
      gather: (_requests, call) => {
        gather.begin(call)
        return never()
      },
    })
    const client = bench.client(bench.channel(server.address))
    const failures = [collected(client.repeat({})), client.gather(endless())].map((call) =>
      call.then(
        () => 'ended well',
        (error: unknown) => error,
      ),
    )
    await Promise.all([repeat.begun, gather.begun])
    await server.stop()
    for (const failure of failures) expect(await failure).toMatchObject({ code: 'NOT_READY' })
    expect(bench.defects).toEqual([])
  })

  test('what a handler throws after its caller has gone is no defect', async () => {
    const { begun, begin } = contextOf()
    const threw = Promise.withResolvers<void>()
    const client = await bench.echo({
      say: async (_request, call) => {
        begin(call)
        await new Promise((resolve) => call.signal.addEventListener('abort', resolve))
        threw.resolve()
        throw new Error('the connection to the leader was closed')
      },
    })
    const caller = new AbortController()
    const failed = client.say({}, { signal: caller.signal }).catch((error: unknown) => error)
    await begun
    caller.abort()
    await Promise.all([failed, threw.promise])
    expect(bench.defects).toEqual([])
  })
})
