import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { catalogue } from '../lib/error-catalogue.ts'
import { isTrivetError, TrivetError, trivetError, type ErrorCode } from '../lib/errors.ts'
import { statusDetailsTrailer, statusOf, wireErrorFor } from './error-to-status.ts'
import { errorFromStatus } from './error-from-status.ts'
import { errorDetailsSizeBytesMax, errorTextSizeMax, violationsMax } from './limits.ts'
import { errorFromWire, RemoteError, wireErrorOf, type WireError } from './remote-error.ts'
import { statusName, statusNumbers } from './status-codes.ts'
import { Metadata, status as grpcStatus } from '@grpc/grpc-js'
import { collected, TestBench } from './testing/test-bench.ts'

const requestId = '01890a5d-ac96-774b-bcce-b302099a8057'
const here = { address: '127.0.0.1:7400', method: '/x/Y', timeoutMs: 100, cancelled: false }

let bench: TestBench
beforeEach(() => {
  bench = new TestBench()
})
afterEach(() => bench.close())

/** The error as the client gets it, through the bytes of the trailer but without a socket. */
function overTheWire(error: unknown): TrivetError | RemoteError {
  const { code, details, detailsBin } = statusOf(wireErrorFor(error, requestId))
  const metadata = new Metadata()
  metadata.set(statusDetailsTrailer, detailsBin)
  return errorFromStatus({ code, details, metadata }, here)
}

describe('an error of the catalogue', () => {
  test('arrives with code, parameters, texts, violations and the request id', async () => {
    const sent = trivetError(
      'INVALID_REQUEST',
      { reason: 'two fields: naïve "quotes" 100 %\nand a line break' },
      { violations: [{ field: 'bmcs[3].xname', description: 'at most 40 characters' }] },
    )
    const client = await bench.echo({
      say: async () => {
        throw sent
      },
    })
    const received: unknown = await client.say({ write: { requestId } }).catch((error: unknown) => error)
    expect(isTrivetError(received, 'INVALID_REQUEST')).toBe(true)
    expect(received).toMatchObject({
      message: sent.message,
      remedy: sent.remedy,
      params: sent.params,
      violations: sent.violations,
    })
    expect(wireErrorOf(received)?.requestId).toBe(requestId)
    expect(bench.defects).toEqual([])
  })

  test('ends a stream behind its messages, with the trailers that the handler set', async () => {
    const client = await bench.echo({
      repeat: async function* (_request, call) {
        yield { number: 1 }
        call.responseTrailers.set('x-late', 'too')
        throw trivetError('NOT_READY', { reason: 'no leader yet' })
      },
    })
    const heard: unknown[] = []
    const reading = (async () => {
      const onTrailers = (trailers: { get(key: string): unknown[] }): void => void heard.push(...trailers.get('x-late'))
      for await (const { number } of client.repeat({}, { onTrailers })) heard.push(number)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'NOT_READY', params: { reason: 'no leader yet' } })
    expect(heard).toEqual([1, 'too'])
  })

  test('has the gRPC status of the catalogue, and every code of it survives the way', () => {
    for (const code of Object.keys(catalogue) as ErrorCode[]) {
      const names = [...`${catalogue[code].message} ${catalogue[code].remedy}`.matchAll(/\{(\w+)\}/g)]
      const params = Object.fromEntries(names.map(([, name]) => [name, `<${name}>`]))
      const sent = new TrivetError(code, params)
      expect(statusOf(wireErrorFor(sent, requestId)).code, code).toBe(grpcStatus[catalogue[code].grpc])
      const received = overTheWire(sent)
      expect(received, code).toBeInstanceOf(TrivetError)
      expect(received).toMatchObject({ code, params, message: sent.message, remedy: sent.remedy })
    }
  })

  test('passes through a peer that forwards it: nothing is lost, and the first request id stays', () => {
    const first = overTheWire(trivetError('NOT_READY', { reason: 'no leader yet' }))
    const forwarded = statusOf(wireErrorFor(first, 'another id'))
    expect(forwarded).toEqual(statusOf(wireErrorFor(first, requestId)))
  })
})

describe('an error that is none of the catalogue', () => {
  test('arrives as INTERNAL with the request id and nothing of its text, which the server hears of', async () => {
    const cause = new Error('password is hunter2')
    const client = await bench.echo({
      say: async () => {
        throw cause
      },
      repeat: async function* () {
        yield {}
        throw cause
      },
    })
    for (const call of [client.say({ write: { requestId } }), collected(client.repeat({ write: { requestId } }))]) {
      const received: unknown = await call.catch((error: unknown) => error)
      expect(received).toMatchObject({ code: 'INTERNAL', params: { requestId } })
      expect(JSON.stringify(wireErrorOf(received))).not.toContain('hunter2')
    }
    expect(bench.defects).toEqual([
      { error: cause, requestId, method: '/trivet.rpc.testing.EchoService/Say' },
      { error: cause, requestId, method: '/trivet.rpc.testing.EchoService/Repeat' },
    ])
  })
})

describe('an error of a newer server', () => {
  const wire: WireError = {
    status: 'FAILED_PRECONDITION',
    code: 'RACK_ON_FIRE',
    message: 'rack x1000 is on fire',
    remedy: 'call 112',
    params: { rack: 'x1000' },
    violations: [{ field: 'rack', description: 'must not burn' }],
    requestId,
  }

  test('keeps its code, texts, parameters and violations, and is understood by its status', () => {
    const received = overTheWire(errorFromWire(wire))
    expect(received).toBeInstanceOf(RemoteError)
    expect(received).toMatchObject({ code: 'RACK_ON_FIRE', message: wire.message, remedy: 'call 112', wire })
    expect((received as RemoteError).facts).toEqual({ grpc: 'FAILED_PRECONDITION', http: 409, exit: 6 })
  })

  test('whose code we know but whose text has changed says it in the words of the server', () => {
    const changed = { ...wire, code: 'NOT_READY', message: 'newer words', params: { why: 'a parameter that we lack' } }
    const received = overTheWire(errorFromWire(changed))
    expect(isTrivetError(received, 'NOT_READY')).toBe(true)
    expect(received).toMatchObject({ message: 'newer words', remedy: 'call 112', params: changed.params })
  })
})

describe('limits', () => {
  const text = fc.string({ unit: 'binary', maxLength: 5000 })

  test('an error of any size and any text fits into the trailers and keeps its code', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.record({ field: text, description: text }), { maxLength: 200 }),
        (reason, violations) => {
          const status = statusOf(wireErrorFor(trivetError('INVALID_REQUEST', { reason }, { violations }), requestId))
          expect(status.detailsBin.byteLength).toBeLessThanOrEqual(errorDetailsSizeBytesMax)
          expect(() => encodeURI(status.details)).not.toThrow()
          expect(overTheWire(trivetError('INVALID_REQUEST', { reason }, { violations })).code).toBe('INVALID_REQUEST')
        },
      ),
      { numRuns: 30 },
    )
  })

  test('a text is never cut through a character of two units', () => {
    for (const before of ['', 'x']) {
      const { details } = statusOf(
        wireErrorFor(trivetError('NOT_READY', { reason: before + '😀'.repeat(2000) }), requestId),
      )
      expect(details).toHaveLength(errorTextSizeMax)
      expect(() => encodeURI(details)).not.toThrow()
    }
  })

  test('the largest error arrives over a real connection', async () => {
    const long = 'é'.repeat(5000)
    const violations = Array.from({ length: 500 }, (_, index) => ({
      field: `words[${index}]`,
      description: 'too long',
    }))
    const client = await bench.echo({
      say: async ({ text: which }) => {
        throw trivetError('INVALID_REQUEST', { reason: long }, which === 'many' ? { violations } : {})
      },
    })
    await expect(client.say({ text: 'one' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    const received: unknown = await client.say({ text: 'many' }).catch((error: unknown) => error)
    expect(received).toMatchObject({ code: 'INVALID_REQUEST', violations: violations.slice(0, violationsMax) })
  })
})

describe('a status that no server of ours wrote', () => {
  test('is UNREACHABLE with the address when nobody listens there', async () => {
    const server = await bench.serveEcho({})
    await server.stop()
    const client = bench.client(bench.channel(server.address))
    await expect(client.say({})).rejects.toMatchObject({
      code: 'UNREACHABLE',
      params: { address: server.address, reason: 'nothing listens there' },
    })
  })

  test('says in our words what was found there, whatever grpc-js calls it', async () => {
    const speaksHttp = createHttpServer((_, response) => response.end())
    const hangsUp = createTcpServer((socket) => socket.destroy())
    for (const [server, reason] of [
      [speaksHttp, 'what listens there does not speak gRPC'],
      [hangsUp, 'the connection was lost'],
    ] as const) {
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
      await expect(bench.client(bench.channel(address)).say({})).rejects.toMatchObject({
        code: 'UNREACHABLE',
        params: { address, reason },
      })
      server.close()
    }
    const nowhere = bench.client(bench.channel('no-such-host.invalid:1')).say({})
    await expect(nowhere).rejects.toMatchObject({ params: { reason: 'its name is not known' } })
  })

  test('is UNREACHABLE when the connection breaks in the middle of a call', async () => {
    const begun = Promise.withResolvers<void>()
    const server = await bench.serveEcho({
      say: () => {
        begun.resolve()
        return new Promise(() => undefined)
      },
    })
    const { forwarder, address } = await bench.forward(server.address)
    const failed = bench.client(bench.channel(address)).say({})
    failed.catch(() => undefined)
    await begun.promise
    forwarder.cut()
    const reason = 'the connection was lost'
    await expect(failed).rejects.toMatchObject({ code: 'UNREACHABLE', params: { address, reason } })
  })

  test('is METHOD_UNKNOWN when the server is of an older release', async () => {
    const server = await bench.serve([])
    const client = bench.client(bench.channel(server.address))
    await expect(client.say({})).rejects.toMatchObject({
      code: 'METHOD_UNKNOWN',
      params: { method: '/trivet.rpc.testing.EchoService/Say' },
    })
  })

  test('keeps its words under the name of its status, and details that are not ours do not disturb', () => {
    for (const bytes of [undefined, Buffer.from('ff', 'hex'), Buffer.alloc(0)]) {
      const metadata = new Metadata()
      if (bytes !== undefined) metadata.set(statusDetailsTrailer, bytes)
      const received = errorFromStatus({ code: 7, details: 'no entry', metadata }, here)
      expect(received).toBeInstanceOf(RemoteError)
      expect(received).toMatchObject({ code: 'PERMISSION_DENIED', message: 'no entry', facts: { exit: 4 } })
    }
  })

  test('CANCELLED is the caller’s own wish only when the caller cancelled; else the connection was lost', () => {
    const status = { code: 1, details: 'Call cancelled' }
    expect(errorFromStatus(status, { ...here, cancelled: true }).code).toBe('CANCELLED')
    expect(errorFromStatus(status, here).code).toBe('UNREACHABLE')
  })
})

test('the status numbers are those of grpc-js, and a number that nobody knows is UNKNOWN', () => {
  for (const [name, number] of Object.entries(statusNumbers)) {
    expect(number).toBe(grpcStatus[name as keyof typeof statusNumbers])
    expect(statusName(number)).toBe(name)
  }
  expect(Object.keys(statusNumbers)).toHaveLength(16)
  expect(statusName(99)).toBe('UNKNOWN')
})
