import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Message } from '@bufbuild/protobuf'
import { trivetError } from '../lib/errors.ts'
import type { CallContext } from './call-context.ts'
import { isStream, type Interceptor } from './interceptor.ts'
import { answerSizeBytesMax, requestSizeBytesMax } from './limits.ts'
import { collected, never, TestBench } from './testing/test-bench.ts'

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

describe('the four kinds', () => {
  test('a unary call gets the answer of its request', async () => {
    const client = await bench.echo({ say: async ({ text, count }) => ({ text: text.toUpperCase(), number: count }) })
    expect(await client.say({ text: 'hallo', count: 3 })).toMatchObject({ text: 'HALLO', number: 3 })
  })

  test('an empty request and an empty answer are messages like any other', async () => {
    const client = await bench.echo({ say: async () => ({}) })
    expect(await client.say({})).toMatchObject({ text: '', number: 0 })
  })

  test('a streamed answer comes whole, in order, and ends', async () => {
    const client = await bench.echo({
      repeat: async function* ({ text, count }) {
        for (let number = 0; number < count; number++) yield { text, number }
      },
    })
    const echoes = await collected(client.repeat({ text: 'x', count: 100 }))
    expect(echoes.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, number) => number))
  })

  test('streamed requests arrive whole, in order, and end', async () => {
    const client = await bench.echo({
      gather: async (requests) => ({ text: (await collected(requests)).map(({ text }) => text).join('') }),
    })
    expect((await client.gather(shouts('a', 'b', 'c'))).text).toBe('abc')
  })

  test('a conversation answers each request before the next is sent, and again after the last', async () => {
    const client = await bench.echo({
      converse: async function* (requests) {
        for await (const { text } of requests) yield { text: text.toUpperCase() }
        yield { text: 'the end' }
      },
    })
    let heard = (): void => undefined
    async function* pingPong() {
      for (const text of ['a', 'b', 'c']) {
        const answered = new Promise<void>((resolve) => (heard = resolve))
        yield { text }
        await answered
      }
    }
    const answers: string[] = []
    for await (const { text } of client.converse(pingPong())) {
      answers.push(text)
      heard()
    }
    expect(answers).toEqual(['A', 'B', 'C', 'the end'])
  })

  test('a server may answer before it has read all requests, and the source of the requests is told to end', async () => {
    const client = await bench.echo({ gather: async () => ({ text: 'enough' }) })
    let ended = false
    async function* endless() {
      try {
        for (;;) {
          yield { text: 'x' }
          await new Promise((resolve) => setImmediate(resolve))
        }
      } finally {
        ended = true
      }
    }
    expect((await client.gather(endless())).text).toBe('enough')
    await vi.waitFor(() => expect(ended).toBe(true))
  })
})

describe('the context of a call', () => {
  test('headers, trailers, deadline, peer and method are known to the handler, and its own reach the caller', async () => {
    let seen: CallContext | undefined
    const client = await bench.echo({
      say: async (_request, call) => {
        seen = call
        call.responseHeaders.set('x-early', 'yes')
        call.responseTrailers.set('x-late', 'too')
        return {}
      },
    })
    const heard: unknown[] = []
    const before = Date.now()
    await client.say(
      {},
      {
        timeoutMs: 5000,
        headers: { 'x-from': 'me' },
        onHeaders: (headers) => heard.push(headers.get('x-early')),
        onTrailers: (trailers) => heard.push(trailers.get('x-late')),
      },
    )
    expect(heard).toEqual([['yes'], ['too']])
    expect(seen?.metadata.get('x-from')).toEqual(['me'])
    expect(seen?.peer).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(seen?.method.name).toBe('Say')
    expect(seen?.deadlineMs).toBeGreaterThan(before)
    expect(seen?.deadlineMs).toBeLessThanOrEqual(Date.now() + 5000)
    expect(seen?.signal.aborted).toBe(false)
  })

  test('a stream sends its headers before its first message and its trailers with its status', async () => {
    const client = await bench.echo({
      repeat: async function* (_request, call) {
        call.responseHeaders.set('x-early', 'yes')
        yield { number: 1 }
        call.responseTrailers.set('x-late', 'too')
      },
    })
    const heard: unknown[] = []
    const options = {
      onHeaders: () => heard.push('headers'),
      onTrailers: () => heard.push('trailers'),
    }
    for await (const { number } of client.repeat({}, options)) heard.push(number)
    expect(heard).toEqual(['headers', 1, 'trailers'])
  })

  test('a write is known by its own request id, and a text that is no id is not taken', async () => {
    const ids: string[] = []
    const client = await bench.echo({
      say: async (_request, call) => {
        ids.push(call.requestId, call.requestId)
        return {}
      },
    })
    const requestId = '01890a5d-ac96-774b-bcce-b302099a8057'
    await client.say({ write: { requestId } })
    await client.say({ write: { requestId: 'x\nlevel=fatal' } })
    expect(ids.slice(0, 2)).toEqual([requestId, requestId])
    expect(ids[2]).toMatch(/^[0-9a-f-]{36}$/)
    expect(ids[3]).toBe(ids[2])
  })
})

describe('interceptors', () => {
  test('the first is outermost, and each sees what goes in and out, for all four kinds', async () => {
    const log: string[] = []
    const logged =
      (name: string): Interceptor =>
      (next) =>
      async (invocation) => {
        log.push(`${name} in ${invocation.call.method.name}`)
        const answer = await next(invocation)
        log.push(`${name} out ${isStream(answer) ? 'stream' : answer.$typeName}`)
        return answer
      }
    const client = await bench.echo(everyKind, { interceptors: [logged('outer'), logged('inner')] })
    await client.say({})
    expect(log).toEqual([
      'outer in Say',
      'inner in Say',
      'inner out trivet.rpc.testing.Echo',
      'outer out trivet.rpc.testing.Echo',
    ])
    log.length = 0
    await collected(client.repeat({}))
    await client.gather(shouts('a'))
    await collected(client.converse(shouts('a')))
    expect(log.filter((line) => line.startsWith('outer'))).toEqual([
      'outer in Repeat',
      'outer out stream',
      'outer in Gather',
      'outer out trivet.rpc.testing.Echo',
      'outer in Converse',
      'outer out stream',
    ])
  })

  test('one that throws refuses the call, and the handler does not run', async () => {
    let ran = false
    const refuse: Interceptor = () => () => Promise.reject(trivetError('NOT_READY', { reason: 'no leader yet' }))
    const client = await bench.echo(
      {
        say: async () => {
          ran = true
          return {}
        },
      },
      { interceptors: [refuse] },
    )
    await expect(client.say({})).rejects.toMatchObject({ code: 'NOT_READY' })
    expect(ran).toBe(false)
  })

  test('one that turns a message into a stream is a defect, not a hanging call', async () => {
    const confused: Interceptor = () => async () => noMessages()
    const client = await bench.echo(everyKind, { interceptors: [confused] })
    await expect(client.say({})).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(bench.defects).toHaveLength(1)
  })
})

describe('messages that cannot be sent', () => {
  test('a request that its schema cannot hold is refused here, before anything is sent', async () => {
    let ran = false
    const client = await bench.echo({
      say: async () => {
        ran = true
        return {}
      },
    })
    await expect(client.say({ count: -1 })).rejects.toThrow(/count/)
    await expect(collected(client.repeat({ count: 1.5 }))).rejects.toThrow(/count/)
    expect(ran).toBe(false)
  })

  test('an answer that its schema cannot hold is a defect that names the field, and the caller learns the request id only', async () => {
    const client = await bench.echo({
      say: async () => ({ number: -1 }),
      repeat: async function* () {
        yield { number: 1 }
        yield { number: -1 }
      },
    })
    await expect(client.say({})).rejects.toMatchObject({ code: 'INTERNAL' })
    const numbers: number[] = []
    const reading = (async () => {
      for await (const { number } of client.repeat({})) numbers.push(number)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'INTERNAL', message: expect.not.stringContaining('number') })
    expect(numbers).toEqual([1])
    expect(bench.defects.map(({ error }) => String(error))).toEqual([
      expect.stringContaining('number'),
      expect.stringContaining('number'),
    ])
  })

  test('a request stream whose message its schema cannot hold cancels the call and throws that error', async () => {
    let reason: unknown
    const started = Promise.withResolvers<void>()
    const client = await bench.echo({
      gather: async (requests, call) => {
        started.resolve()
        call.signal.addEventListener('abort', () => (reason = call.signal.reason))
        await collected(requests)
        return {}
      },
    })
    async function* bad() {
      yield { text: 'fine' }
      await started.promise
      yield { count: -1 }
    }
    await expect(client.gather(bad())).rejects.toThrow(/count/)
    await vi.waitFor(() => expect(reason).toMatchObject({ code: 'CANCELLED' }))
  })

  test('bytes that are no message of the method are refused as such', async () => {
    const { address } = await bench.serveEcho(everyKind)
    const { grpc } = bench.channel(address)
    const pass = (bytes: Buffer): Buffer => bytes
    const path = '/trivet.rpc.testing.EchoService/Say'
    const failed = await new Promise<Error | null>((resolve) => {
      grpc.makeUnaryRequest(path, pass, pass, Buffer.from('ff', 'hex'), (error) => resolve(error))
    })
    expect(failed?.message).toMatch(/INVALID_ARGUMENT.*not a trivet.rpc.testing.Shout/)
    expect(bench.defects).toEqual([])
  })

  test('a message over the limit is refused by its sender, with size and limit', async () => {
    const client = await bench.echo({ say: async () => ({ ballast: new Uint8Array(answerSizeBytesMax) }) })
    await expect(client.say({ ballast: new Uint8Array(requestSizeBytesMax) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      params: { limitBytes: requestSizeBytesMax },
    })
    await expect(client.say({})).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      params: { limitBytes: String(answerSizeBytesMax) },
    })
  })

  test('a message just under the limit passes in both directions', async () => {
    const overhead = 100
    const client = await bench.echo({
      say: async ({ ballast }) => ({
        number: ballast.length,
        ballast: new Uint8Array(answerSizeBytesMax - overhead),
      }),
    })
    const ballast = new Uint8Array(requestSizeBytesMax - overhead)
    const echo = await client.say({ ballast })
    expect(echo.number).toBe(ballast.length)
    expect(echo.ballast).toHaveLength(answerSizeBytesMax - overhead)
  })
})

const everyKind = {
  say: async () => ({}),
  repeat: async function* () {
    yield {}
  },
  gather: async (requests: AsyncIterable<Message>) => {
    await collected(requests)
    return {}
  },
  converse: async function* (requests: AsyncIterable<Message>) {
    await collected(requests)
    yield {}
  },
}

async function* shouts(...texts: string[]) {
  yield* texts.map((text) => ({ text }))
}

async function* noMessages(): AsyncGenerator<Message> {
  yield await never()
}
