import { create } from '@bufbuild/protobuf'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { WriteOptions } from '../gen/trivet/api/v1/write_pb.ts'
import { trivetError } from '../lib/errors.ts'
import { isUuid, uuid7TimeMs } from '../lib/uuid7.ts'
import type { FailedTry } from './cluster.ts'
import { tellingClusterTime, type ClusterTime } from './cluster-time.ts'
import { connectCluster, type ClusterConnection, type FailoverClient } from './failover-client.ts'
import { EchoService, ShoutSchema, type Shout } from './testing/echo.ts'
import { collected, never, TestBench, type EchoImplementation } from './testing/test-bench.ts'

let bench: TestBench
let connections: ClusterConnection[]
let retries: FailedTry[]
let asked: string[]
beforeEach(() => {
  bench = new TestBench()
  connections = []
  retries = []
  asked = []
})
afterEach(async () => {
  for (const connection of connections) connection.close()
  await bench.close()
})

const time: ClusterTime = { logTimeMs: 1_700_000_000_000, incarnation: 'inc-1' }

function connect(...addresses: string[]): FailoverClient<typeof EchoService> {
  const connection = connectCluster({
    addresses,
    askClusterTime: async ({ address }) => {
      asked.push(address)
      return time
    },
    onRetry: (failed) => void retries.push(failed),
  })
  connections.push(connection)
  return connection.client(EchoService)
}

/** An address at which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = await bench.serveEcho({})
  await server.stop()
  return server.address
}

/** Keeps the write options of every request that comes, with the name of the server. */
function recording(
  name: string,
  seen: [string, WriteOptions][],
  say: EchoImplementation['say'],
): Partial<EchoImplementation> {
  return {
    say: (request, call) => {
      if (request.write !== undefined) seen.push([name, request.write])
      return say(request, call)
    },
  }
}

describe('a write', () => {
  test('that loses its server in the middle is sent to the next one with the same id, marked as a retry', async () => {
    const seen: [string, WriteOptions][] = []
    const begun = Promise.withResolvers<void>()
    const first = await bench.serveEcho(
      recording('a', seen, () => {
        begun.resolve()
        return never()
      }),
    )
    const second = await bench.serveEcho(recording('b', seen, async ({ text }) => ({ text })))
    const { forwarder, address } = await bench.forward(first.address)
    const request = create(ShoutSchema, { text: 'hello', write: { reason: 'a test' } })
    const answer = connect(address, second.address).say(request)
    await begun.promise
    forwarder.cut()
    expect((await answer).text).toBe('hello')
    expect(seen).toMatchObject([
      ['a', { retry: false, reason: 'a test', incarnation: 'inc-1' }],
      ['b', { retry: true, reason: 'a test', incarnation: 'inc-1' }],
    ])
    const [[, { requestId }], [, { requestId: again }]] = seen as [[string, WriteOptions], [string, WriteOptions]]
    expect(again).toBe(requestId)
    expect(uuid7TimeMs(requestId)).toBe(time.logTimeMs)
    expect(retries).toMatchObject([{ address, method: 'Say', error: { code: 'UNREACHABLE' } }])
    // The caller's own message is as it was.
    expect(request.write).toMatchObject({ requestId: '', retry: false })
  })

  test('that a server does not answer in time is cancelled there and sent to the next one', async () => {
    const seen: [string, WriteOptions][] = []
    const cancelled = Promise.withResolvers<unknown>()
    const first = await bench.serveEcho(
      recording('a', seen, (_request, call) => {
        call.signal.addEventListener('abort', () => cancelled.resolve(call.signal.reason))
        return never()
      }),
    )
    const second = await bench.serveEcho(recording('b', seen, async () => ({})))
    await connect(first.address, second.address).say({}, { tryTimeoutMs: 100 })
    expect(seen.map(([name, { retry }]) => [name, retry])).toEqual([
      ['a', false],
      ['b', true],
    ])
    expect(await cancelled.promise).toBeInstanceOf(Error)
  })

  test('whose connection is frozen goes on elsewhere when its try is over', async () => {
    const seen: [string, WriteOptions][] = []
    const first = await bench.serveEcho(recording('a', seen, async () => ({})))
    const second = await bench.serveEcho(recording('b', seen, async () => ({})))
    const { forwarder, address } = await bench.forward(first.address)
    const client = connect(address, second.address)
    await client.say({})
    forwarder.freeze()
    await client.say({}, { tryTimeoutMs: 100 })
    const [before, ...after] = seen.map(([name, { retry }]) => `${name} ${retry}`)
    expect(before).toBe('a false')
    // On a busy machine the other one may take longer than a try has, and is asked again.
    expect(new Set(after)).toEqual(new Set(['b true']))
  })

  test('that never reached anybody is not marked as a retry', async () => {
    const seen: [string, WriteOptions][] = []
    const server = await bench.serveEcho(recording('b', seen, async () => ({})))
    await connect(await deadAddress(), server.address).say({})
    expect(seen).toMatchObject([['b', { retry: false }]])
    expect(asked).toEqual([server.address])
  })

  test('keeps the request id that the caller has given, and asks nobody for the time', async () => {
    const seen: [string, WriteOptions][] = []
    const server = await bench.serveEcho(
      recording('a', seen, async () => ({})),
      {
        interceptors: [tellingClusterTime(() => time)],
      },
    )
    const requestId = '01890a5d-ac96-774b-bcce-b302099a8057'
    await connect(server.address).say({ write: { requestId, retry: true } })
    expect(seen).toMatchObject([['a', { requestId, retry: true, incarnation: '' }]])
  })

  test('has an id of its own, drawn by the log time that the last answer told', async () => {
    const seen: [string, WriteOptions][] = []
    const now = { ...time, logTimeMs: 1_800_000_000_000 }
    const server = await bench.serveEcho(
      recording('a', seen, async () => ({})),
      {
        interceptors: [tellingClusterTime(() => now)],
      },
    )
    const client = connect(server.address)
    for (let call = 0; call < 3; call++) await client.say({})
    const ids = seen.map(([, { requestId }]) => requestId)
    expect(ids.map(uuid7TimeMs)).toEqual([time.logTimeMs, now.logTimeMs, now.logTimeMs])
    expect(new Set(ids).size).toBe(3)
    expect(asked).toEqual([server.address])
  })

  test('learns the time from an error too', async () => {
    let failing = true
    const seen: [string, WriteOptions][] = []
    const server = await bench.serveEcho(
      recording('a', seen, async () => {
        if (failing) throw trivetError('INVALID_REQUEST', { reason: 'no' })
        return {}
      }),
      { interceptors: [tellingClusterTime(() => ({ ...time, logTimeMs: 5 }))] },
    )
    const client = connect(server.address)
    await expect(client.say({})).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    failing = false
    await client.say({})
    expect(seen.map(([, { requestId }]) => uuid7TimeMs(requestId))).toEqual([time.logTimeMs, 5])
  })

  test('whose tries are used up fails with OUTCOME_UNKNOWN and its request id when one may have been executed', async () => {
    const seen: [string, WriteOptions][] = []
    const hanging = await bench.serveEcho(recording('a', seen, never))
    const refusing = await bench.serveEcho(
      recording('b', seen, () => Promise.reject(trivetError('NO_LEADER', { waitedMs: 5 }))),
    )
    const failed: unknown = await connect(hanging.address, refusing.address)
      .say({}, { timeoutMs: 400, tryTimeoutMs: 50 })
      .catch((error: unknown) => error)
    const requestId = seen[0]?.[1].requestId ?? ''
    expect(isUuid(requestId)).toBe(true)
    expect(failed).toMatchObject({ code: 'OUTCOME_UNKNOWN', params: { requestId } })
    expect(new Set(seen.map(([, write]) => write.requestId))).toEqual(new Set([requestId]))
    expect(seen.slice(1).every(([, { retry }]) => retry)).toBe(true)
  })

  test('that every peer refused beforehand fails with what the peers say', async () => {
    const refuse = (): Promise<never> => Promise.reject(trivetError('NO_LEADER', { waitedMs: 5 }))
    const server = await bench.serveEcho({ say: refuse })
    await expect(connect(server.address, await deadAddress()).say({}, { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'NO_LEADER',
      params: { waitedMs: '5' },
    })
  })

  test('that is refused for good is not tried again: the last answer is the answer', async () => {
    const seen: [string, WriteOptions][] = []
    const lost = await bench.serveEcho(recording('a', seen, never))
    const refusing = await bench.serveEcho(
      recording('b', seen, (request) =>
        Promise.reject(trivetError('REQUEST_ID_TOO_OLD', { requestId: request.write?.requestId ?? '' })),
      ),
    )
    await expect(connect(lost.address, refusing.address).say({}, { tryTimeoutMs: 50 })).rejects.toMatchObject({
      code: 'REQUEST_ID_TOO_OLD',
    })
    expect(seen.map(([name]) => name)).toEqual(['a', 'b'])
  })
})

describe('which peer is asked', () => {
  test('the one that answered last, until it fails', async () => {
    const answers: string[] = []
    const named = (name: string) => ({
      say: async () => {
        answers.push(name)
        return {}
      },
    })
    const first = await bench.serveEcho(named('a'))
    const second = await bench.serveEcho(named('b'))
    const client = connect(first.address, second.address)
    await client.say({})
    await client.say({})
    await first.stop()
    await client.say({})
    await client.say({})
    expect(answers).toEqual(['a', 'a', 'b', 'b'])
    expect(retries.length).toBeLessThanOrEqual(1)
  })

  test('calls at the same time that fail together move on once, not past the peer that works', async () => {
    const server = await bench.serveEcho({ say: async ({ text }) => ({ text }) })
    const client = connect(await deadAddress(), server.address, await deadAddress())
    const texts = Array.from({ length: 20 }, (_, index) => String(index))
    const answers = await Promise.all(texts.map((text) => client.say({ text })))
    expect(answers.map(({ text }) => text)).toEqual(texts)
    expect(retries).toHaveLength(texts.length)
  })

  test('a server that comes back is found again', async () => {
    const first = await bench.serveEcho({ say: async () => ({ text: 'first' }) })
    const client = connect(first.address)
    expect((await client.say({})).text).toBe('first')
    await first.stop()
    const answer = client.say({})
    await bench.serveEcho({ say: async () => ({ text: 'second' }) }, { listen: first.address })
    expect((await answer).text).toBe('second')
  })

  test('a cluster that has never answered is given up soon, and the error names all addresses and the reason', async () => {
    const addresses = [await deadAddress(), await deadAddress()]
    await expect(connect(...addresses).say({})).rejects.toMatchObject({
      code: 'UNREACHABLE',
      params: { address: addresses, reason: 'nothing listens there' },
    })
  }, 10_000)

  test('a caller that cancels ends the search', async () => {
    const caller = new AbortController()
    const failed = connect(await deadAddress()).say({}, { signal: caller.signal })
    setTimeout(() => caller.abort(), 20)
    await expect(failed).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

describe('a stream', () => {
  const counting = (from: (request: Shout) => number, until: number, stopped: Promise<unknown>) => ({
    repeat: async function* (request: Shout) {
      for (let number = from(request); number < until; number++) yield { number }
      await stopped
    },
  })

  test('that breaks goes on at the next peer behind its last message, by the request that the caller makes', async () => {
    const from = ({ count }: Shout): number => count
    const first = await bench.serveEcho(counting(from, 3, never()))
    const second = await bench.serveEcho(counting(from, 6, Promise.resolve()))
    const { forwarder, address } = await bench.forward(first.address)
    const requests: string[] = []
    const numbers: number[] = []
    const stream = connect(address, second.address).repeat(
      { text: 'watch', count: 0 },
      {
        resume: (last, request) => {
          requests.push(request.text)
          return { ...request, count: last.number + 1 }
        },
      },
    )
    for await (const { number } of stream) {
      numbers.push(number)
      if (number === 2) forwarder.cut()
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5])
    expect(requests).toEqual(['watch'])
  })

  test('goes on when its server stops in good order', async () => {
    const from = ({ count }: Shout): number => count
    const first = await bench.serveEcho(counting(from, 3, never()))
    const second = await bench.serveEcho(counting(from, 6, Promise.resolve()))
    const numbers: number[] = []
    const stream = connect(first.address, second.address).repeat(
      {},
      { resume: (last, request) => ({ ...request, count: last.number + 1 }) },
    )
    for await (const { number } of stream) {
      numbers.push(number)
      if (number === 2) void first.stop()
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('that was silent for hours, with or without a message before, is taken up again when it breaks', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      for (const messages of [0, 1]) {
        const standing = Promise.withResolvers<void>()
        const first = await bench.serveEcho({
          repeat: async function* () {
            if (messages > 0) yield { number: 1 }
            standing.resolve()
            await never()
          },
        })
        const second = await bench.serveEcho(counting(() => 2, 3, Promise.resolve()))
        const { forwarder, address } = await bench.forward(first.address)
        const stream = connect(address, second.address).repeat({}, { resume: (_last, request) => request })
        const numbers: number[] = []
        const reading = (async () => {
          for await (const { number } of stream) numbers.push(number)
        })()
        await standing.promise
        await vi.waitFor(() => expect(numbers).toHaveLength(messages))
        vi.advanceTimersByTime(3_600_000)
        forwarder.cut()
        await reading
        expect(numbers).toEqual(messages > 0 ? [1, 2] : [2])
      }
    } finally {
      vi.useRealTimers()
    }
  })

  test('whose own deadline is over is not tried again', async () => {
    const server = await bench.serveEcho({
      repeat: async function* () {
        await never()
        yield {}
      },
    })
    const stream = connect(server.address).repeat({}, { timeoutMs: 50, resume: (_last, request) => request })
    await expect(collected(stream)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    expect(retries).toEqual([])
  })

  test('that brings one message a try goes on however often it breaks', async () => {
    const server = await bench.serveEcho({
      repeat: async function* ({ count }) {
        yield { number: count }
        if (count < 10) throw trivetError('NO_LEADER', { waitedMs: 5 })
      },
    })
    const stream = connect(server.address).repeat(
      {},
      { resume: (last, request) => ({ ...request, count: last.number + 1 }), retryForMs: 200 },
    )
    expect(await collected(stream)).toHaveLength(11)
  })

  test('that is refused again and again is given up, although each refusal is an answer', async () => {
    let refusals = 0
    const server = await bench.serveEcho({
      repeat: async function* () {
        if (refusals++ >= 0) throw trivetError('NO_LEADER', { waitedMs: 5 })
        yield {}
      },
    })
    await expect(collected(connect(server.address).repeat({}, { retryForMs: 300 }))).rejects.toMatchObject({
      code: 'NO_LEADER',
    })
    expect(refusals).toBeGreaterThan(1)
    expect(refusals).toBeLessThan(20)
  })

  test('that breaks before its first message is asked for again; one that has begun fails without `resume`', async () => {
    const server = await bench.serveEcho(counting(() => 0, 2, Promise.resolve()))
    const client = connect(await deadAddress(), server.address)
    expect((await collected(client.repeat({}))).map(({ number }) => number)).toEqual([0, 1])

    const breaking = await bench.serveEcho(counting(() => 0, 2, never()))
    const { forwarder, address } = await bench.forward(breaking.address)
    const numbers: number[] = []
    const reading = (async () => {
      for await (const { number } of connect(address, server.address).repeat({})) {
        if (numbers.push(number) === 2) forwarder.cut()
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(numbers).toEqual([0, 1])
  })

  test('is given up when nobody has sent anything for its time, and an error that is final ends it at once', async () => {
    const server = await bench.serveEcho({
      repeat: async function* ({ text }) {
        if (text === 'wrong') throw trivetError('INVALID_REQUEST', { reason: 'no' })
        yield { number: 1 }
      },
    })
    const client = connect(server.address)
    await expect(collected(client.repeat({ text: 'wrong' }))).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(retries).toEqual([])
    await server.stop()
    await expect(collected(client.repeat({}, { retryForMs: 300 }))).rejects.toMatchObject({ code: 'UNREACHABLE' })
    expect(retries.length).toBeGreaterThan(0)
  })

  test('that its reader leaves is not asked for again', async () => {
    const server = await bench.serveEcho(counting(() => 0, 5, never()))
    for await (const { number } of connect(server.address).repeat({})) if (number === 2) break
    expect(retries).toEqual([])
  })
})

test('only what can be tried again is offered', () => {
  expect(Object.keys(connect('127.0.0.1:1'))).toEqual(['say', 'repeat'])
  expect(() => connect()).toThrow(RangeError)
})
