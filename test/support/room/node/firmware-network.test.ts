import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { ScaledClock } from '../clock.ts'
import { parseUri } from '../ipxe/uri.ts'
import type { LedgerEntry } from '../ledger.ts'
import type { Listening } from '../listen.ts'
import { listen } from '../listen.ts'
import { FetchAccount } from './fetch-account.ts'
import { FirmwareNetwork } from './firmware-network.ts'
import type { ScriptSeen } from './hardware.ts'
import { HttpClient } from './http-exchange.ts'
import { defaultStampPatterns } from './script-stamp.ts'

const open: (() => unknown)[] = []

/** Only Linux answers on all of 127/8 without set-up. */
const nodeAddress = process.platform === 'linux' ? '127.78.9.9' : '127.0.0.1'

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

/** A server that does to each request what it is told, byte by byte. */
async function server(answer: (socket: Socket, request: string, connection: number) => void): Promise<Listening> {
  let connections = 0
  const listening = await listen(
    createServer((socket) => {
      const connection = ++connections
      socket.on('error', () => socket.destroy())
      socket.on('data', (data) => answer(socket, data.toString('latin1'), connection))
    }),
    { host: '127.0.0.1', port: 0 },
  )
  open.push(() => listening.close())
  return listening
}

/** Time-outs run 50 times as fast: 5,000 ms are 100. */
function firmware() {
  const power = new AbortController()
  const ledger: LedgerEntry[] = []
  const scripts: ScriptSeen[] = []
  const record = (entry: LedgerEntry) => ledger.push(entry)
  const account = new FetchAccount({ failover: () => undefined, failed: () => undefined })
  const http = new HttpClient({ localAddress: nodeAddress, signal: power.signal })
  const network = new FirmwareNetwork({
    site: {
      clock: new ScaledClock({ speed: 50 }),
      networkClock: new ScaledClock({ speed: 50 }),
      networkMs: (ms) => ms / 50,
      bootUrl: '',
      stampPatterns: defaultStampPatterns,
      delays: { firmwareMs: { min: 0, max: 0 }, kernelMs: { min: 0, max: 0 } },
      artifactKind: () => undefined,
      answeredBy: () => undefined,
      keepScript: () => undefined,
      record,
    },
    http,
    account,
    signal: power.signal,
    record,
    print: () => undefined,
    sawScript: (script) => scripts.push(script),
  })
  open.push(() => http.close())
  const get = (url: string, timeoutMs?: number) => network.fetch({ uri: parseUri(url), use: 'chain', timeoutMs })
  return { account, get, ledger, power, scripts }
}

const script = '#!ipxe\n# revision 7 attempt a1\n'
const answerOf = (body: string, headers = 'Content-Type: text/plain\r\n') =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`

test('a request looks like that of a real iPXE, and comes from the node', async () => {
  const requests: string[] = []
  const from: (string | undefined)[] = []
  const { port } = await server((socket, request) => {
    requests.push(request)
    from.push(socket.remoteAddress)
    socket.write(answerOf(script))
  })
  const { get, scripts, ledger, account } = firmware()
  expect(await get(`http://127.0.0.1:${port}/boot?mac=52:54:00`)).toMatchObject({ ok: true })
  expect(requests).toEqual([
    `GET /boot?mac=52%3A54%3A00 HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.21.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  ])
  expect(from).toEqual([nodeAddress])
  expect(scripts).toMatchObject([{ revision: '7', attempt: 'a1', server: `127.0.0.1:${port}` }])
  expect(ledger).toMatchObject([{ kind: 'script_fetched', revision: '7', sizeBytes: script.length }])
  expect(account.fetches).toBe(1)
})

test('one connection carries one request after another', async () => {
  const connections = new Set<number>()
  const { port } = await server((socket, _, connection) => {
    connections.add(connection)
    socket.write(answerOf(script))
  })
  const { get } = firmware()
  await get(`http://127.0.0.1:${port}/a`)
  await get(`http://127.0.0.1:${port}/b`)
  expect(connections.size).toBe(1)
})

test('a kept connection that the server closed meanwhile is replaced without a failed fetch', async () => {
  const { port } = await server((socket, _, connection) => {
    if (connection === 1 && socket.bytesWritten > 0) socket.resetAndDestroy()
    else socket.write(answerOf(script))
  })
  const { get, account } = firmware()
  await get(`http://127.0.0.1:${port}/a`)
  expect(await get(`http://127.0.0.1:${port}/b`)).toMatchObject({ ok: true })
  expect([account.fetches, account.failedFetches, account.failovers]).toEqual([2, 0, 0])
})

describe('faults, as in the table of a real iPXE', () => {
  const fault = async (answer: (socket: Socket) => void, timeoutMs?: number) => {
    const { port } = await server(answer)
    const made = firmware()
    const result = await made.get(`http://127.0.0.1:${port}/x`, timeoutMs)
    return { result, account: made.account, port }
  }

  test('port closed: fails at once', async () => {
    const gone = await server(() => undefined)
    await gone.close()
    const { get, account } = firmware()
    expect(await get(`http://127.0.0.1:${gone.port}/x`)).toEqual({ ok: false, error: 'refused' })
    expect(account.failedFetches).toBe(0)
    account.abandon()
    expect(account.failedFetches).toBe(1)
  })

  test('reset after accept, and in mid-body', async () => {
    expect((await fault((socket) => socket.resetAndDestroy())).result).toEqual({ ok: false, error: 'reset' })
    const { result } = await fault((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', () =>
        setImmediate(() => socket.resetAndDestroy()),
      )
    })
    expect(result).toEqual({ ok: false, error: 'reset' })
  })

  test.each(['404 Not Found', '500 Internal Server Error', '503 Service Unavailable'])('%s', async (status) => {
    const { result, account } = await fault((socket) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`))
    expect(result).toEqual({ ok: false, error: `status ${status.slice(0, 3)}` })
    expect(account.failedFetches).toBe(1)
  })

  test('503 with Retry-After: the same server again and again, until the time-out', async () => {
    let asked = 0
    const { result } = await fault((socket) => {
      asked++
      socket.write('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n')
    }, 5_000)
    expect(result).toEqual({ ok: false, error: 'timed_out' })
    expect(asked).toBeGreaterThan(2)
  })

  test('accepts and never answers: over after the time-out', async () => {
    expect((await fault(() => undefined, 5_000)).result).toEqual({ ok: false, error: 'timed_out' })
  })

  test('a stall in mid-body: over after the time-out', async () => {
    const { result } = await fault((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), 5_000)
    expect(result).toEqual({ ok: false, error: 'timed_out' })
  })

  test('a slow body is no stall: the time-out counts from the last byte', async () => {
    const body = `${script}${'#'.repeat(7)}`
    const { result } = await fault((socket) => {
      const text = answerOf(body)
      const pieces = [text.slice(0, -7), ...text.slice(-7).split('')]
      const next = () => {
        const piece = pieces.shift()
        if (piece !== undefined) socket.write(piece, () => setTimeout(next, 300))
      }
      next()
    }, 100_000)
    expect(result).toMatchObject({ ok: true })
  })

  test('a body shorter than announced', async () => {
    const { result } = await fault((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'))
    expect(result).toMatchObject({ ok: false, error: expect.stringMatching(/reset|closed_early/) as string })
  })

  test('no Content-Length, which a real iPXE would run cut short', async () => {
    const { result } = await fault((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${script}`),
    )
    expect(result).toEqual({ ok: false, error: 'no Content-Length' })
  })

  test('a script that is not text/plain', async () => {
    const { result } = await fault((socket) => socket.write(answerOf(script, 'Content-Type: text/html\r\n')))
    expect(result).toEqual({ ok: false, error: 'a script of type "text/html"' })
  })

  test('something that is not HTTP', async () => {
    expect((await fault((socket) => socket.end('SSH-2.0-x\r\n'))).result).toEqual({ ok: false, error: 'not_http' })
  })

  test('a redirect to another server is followed', async () => {
    const other = await server((socket) => socket.write(answerOf(script)))
    const { result, account } = await fault((socket) =>
      socket.write(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${other.port}/y\r\nContent-Length: 0\r\n\r\n`),
    )
    expect(result).toMatchObject({ ok: true, uri: { port: String(other.port), path: '/y' } })
    expect(account.failovers).toBe(0)
  })

  test('https is not supported', async () => {
    const { get } = firmware()
    expect(await get('https://127.0.0.1/x')).toEqual({ ok: false, error: 'Operation not supported' })
  })

  test("power that goes off cuts what is under way, at once and as nobody's failure", async () => {
    const { port } = await server(() => undefined)
    const { get, power, account } = firmware()
    const never = get(`http://127.0.0.1:${port}/x`)
    power.abort(new Error('power went off'))
    await expect(never).rejects.toThrow('power went off')
    account.abandon()
    expect(account.failedFetches).toBe(0)
  })
})
