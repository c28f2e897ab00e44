import { describe, expect, test } from 'vitest'
import type { LedgerLine } from './ledger.ts'
import type { Room } from './room.ts'
import { line, nodeOf, second, testSite } from './test-site.ts'

/** A call to the control server; a JSON answer is parsed. */
async function call(
  room: Room,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(room.info.control + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
  return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text }
}

describe('the control server', () => {
  test('serves the ledger behind a line, and waits for the next', async () => {
    const { room, cray } = await testSite()
    const waiting = call(room, 'GET', '/ledger?after=0&wait=10000&kind=reset_accepted')
    await cray.reset('On')
    const { body } = await waiting
    expect(body).toMatchObject({ lines: [{ seq: 1, kind: 'reset_accepted' }], lastSeq: expect.any(Number) as number })
    await line(room, 'node_running', second)
    const lines = String((await call(room, 'GET', '/ledger?format=lines')).body)
      .trim()
      .split('\n')
    expect(lines.map((text) => (JSON.parse(text) as LedgerLine).seq)).toEqual(lines.map((_, index) => index + 1))
    expect((await call(room, 'GET', '/ledger?after=x')).status).toBe(400)
  })

  test('shows nodes, BMCs, counters, files, scripts and the sum of it', async () => {
    const { room, cray } = await testSite()
    await cray.reset('On')
    await line(room, 'node_running', second)
    const node = nodeOf(room, second)
    expect((await call(room, 'GET', '/nodes')).body).toHaveLength(2)
    expect((await call(room, 'GET', `/nodes/${second}`)).body).toEqual(node)
    expect((await call(room, 'GET', `/nodes/${node.mac}`)).body).toEqual(node)
    expect((await call(room, 'GET', `/scripts/${node.lastScript!.sha256}`)).body).toMatch(/^#!ipxe/)
    expect((await call(room, 'GET', '/bmcs')).body).toMatchObject([{}, { systems: [{ power: 'On', underWay: null }] }])
    expect((await call(room, 'GET', '/counters')).body).toMatchObject({
      bmcs: { x1000c0s1b0: { resets: { accepted: 1 } } },
    })
    expect((await call(room, 'GET', '/files')).body).toMatchObject({ requests: 2, notFound: 0 })
    expect((await call(room, 'GET', '/info')).body).toEqual(room.info)
    expect((await call(room, 'GET', '/')).body).toMatchObject({ states: { off: 1, running: 1 }, bootsCompleted: 1 })
    expect((await call(room, 'GET', '/nodes/x9')).status).toBe(404)
    expect((await call(room, 'DELETE', '/nodes')).status).toBe(405)
  })

  test('takes faults and targets while the room runs, and refuses malformed ones', async () => {
    const { room, cray, peers } = await testSite()
    const added = await call(room, 'POST', '/faults', [{ times: 1, action: { kind: 'refuse_reset', status: 503 } }])
    expect(added).toEqual({ status: 201, body: { ids: ['fault-1'] } })
    expect(await cray.reset('On')).toBe(503)
    expect((await call(room, 'GET', '/faults')).body).toMatchObject([{ id: 'fault-1', fired: 1 }])
    expect((await call(room, 'POST', '/faults', { action: { kind: 'x' } })).status).toBe(400)
    expect((await call(room, 'DELETE', '/faults/fault-1')).status).toBe(200)
    expect((await call(room, 'DELETE', '/faults')).status).toBe(200)
    const targets = [peers[2]!.address]
    expect((await call(room, 'PUT', '/forwarder', { targets })).body).toMatchObject({ targets })
    expect((await call(room, 'PUT', '/forwarder', { targets: 'x' })).status).toBe(400)
    expect((await call(room, 'PUT', '/forwarder', { targets: ['x'] })).status).toBe(400)
    expect(room.forwarder.targets).toEqual(targets)
  })

  test('stops the room', async () => {
    const { room } = await testSite()
    expect((await call(room, 'POST', '/stop')).status).toBe(202)
    await room.stopped
    await expect(fetch(room.info.control)).rejects.toThrow()
  })
})
