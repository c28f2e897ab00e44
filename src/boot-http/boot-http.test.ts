import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { nodeScript } from '../services/boot/render/node-script.ts'
import { nodeBoots } from '../services/boot/tables.ts'
import { put } from '../state/write.ts'
import type { BootPorts } from './ports.ts'
import type { BootListener, WireAnswer } from './testing/boot-listener.ts'
import { bootListener, ids, site, uuid, Wire } from './testing/boot-listener.ts'

const open: { readonly listeners: BootListener[]; readonly wires: Wire[] } = { listeners: [], wires: [] }

afterEach(async () => {
  vi.useRealTimers()
  for (const wire of open.wires.splice(0)) wire.close()
  await Promise.all(open.listeners.splice(0).map(({ http }) => http.close()))
})

async function listening(ports: Partial<BootPorts> = {}, fixture = site): Promise<BootListener> {
  const listener = await bootListener(ports, fixture)
  open.listeners.push(listener)
  return listener
}

function wireTo({ port }: BootListener): Wire {
  const wire = new Wire(port)
  open.wires.push(wire)
  return wire
}

function answered(answer: WireAnswer): Extract<WireAnswer, { kind: 'answer' }> {
  if (answer.kind === 'closed') throw new Error('the connection was closed instead of an answer')
  return answer
}

const cutOff: Partial<BootPorts> = { linearizable: () => Promise.resolve({ ok: false }) }
const documents = ['meta-data', 'user-data', 'vendor-data', 'network-config']
const seed = (nodeId: string, attemptId: string, document: string) => `/seed/${nodeId}/${attemptId}/${document}`

describe('every route, in every state', () => {
  const nodeIds = [ids.bound, ids.unbound, 'node-nobody', '%00', '..']
  const targets = [
    ...[
      '',
      '?',
      '?mac=02:00:00:00:00:01',
      `?node=${ids.bound}`,
      `?node=${ids.unbound}`,
      `?uuid=${uuid}&nid=8`,
      '?nid=7&nid=8',
      '?a=%',
      '?xname=x9',
    ].map((query) => `/boot/ipxe${query}`),
    ...nodeIds.flatMap((nodeId) =>
      [ids.attempt, ids.older, 'att-nobody'].flatMap((attemptId) =>
        documents.map((document) => seed(nodeId, attemptId, document)),
      ),
    ),
    seed(ids.bound, ids.attempt, 'meta-data/'),
    seed(ids.bound, ids.attempt, 'nothing'),
    seed('a'.repeat(300), ids.attempt, 'meta-data'),
    '/',
    '/boot',
    '/%zz',
  ]

  test.each([
    ['with a leader', {}],
    ['without one', cutOff],
  ])(
    'answers whole and at once, %s: a length always, no 503, no Retry-After, the same to HEAD as to GET',
    async (_state, ports) => {
      const listener = await listening(ports)
      for (const target of targets) {
        const get = await wireTo(listener).ask(target)
        const head = await wireTo(listener).ask(target, { method: 'HEAD' })
        expect(head.kind, target).toBe(get.kind)
        if (get.kind === 'closed' || head.kind === 'closed') {
          // Only a peer that is behind has nothing to say about an attempt that it does not know.
          expect({ target, ports }).toEqual({ target: expect.stringContaining('/seed/'), ports: cutOff })
          continue
        }
        for (const answer of [get, head]) {
          expect(answer.status, target).toBeLessThan(500)
          expect(answer.headers, target).not.toHaveProperty('retry-after')
          expect(answer.headers, target).not.toHaveProperty('transfer-encoding')
        }
        expect(get.headers['content-length'], target).toBe(`${Buffer.byteLength(get.body)}`)
        expect({ status: head.status, length: head.headers['content-length'] }, target).toEqual({
          status: get.status,
          length: get.headers['content-length'],
        })
        expect(head.headers['content-type'], target).toBe(get.headers['content-type'])
        if (target.startsWith('/boot/ipxe'))
          expect(get, target).toMatchObject({ status: 200, body: expect.stringMatching(/^#!ipxe\n/) })
        const known = target.includes(ids.bound) || target.includes(ids.unbound)
        const optional = /\/(user-data|vendor-data|network-config)$/.test(target)
        if (known && optional) expect(get.status, target).toBe(200)
      }
    },
  )

  test('names no peer by what the client calls it', async () => {
    const wire = wireTo(await listening())
    for (const headers of [
      'Host: evil.example\r\n',
      'X-Forwarded-For: 10.9.9.9\r\nX-Forwarded-Host: evil.example\r\n',
    ]) {
      const { body } = answered(await wire.ask(`/boot/ipxe?node=${ids.bound}`, { headers }))
      expect(body).not.toContain('evil.example')
      expect(body).not.toContain('10.9.0.1')
    }
  })

  test('whatever a query string is, the machine gets a script', async () => {
    const wire = wireTo(await listening())
    const name = fc.constantFrom('node', 'mac', 'uuid', 'xname', 'host', 'nid', '__proto__', '')
    const value = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.constantFrom('%', '%2', '%ff', '${mac}', '&&', '||', ids.bound, '02-00-00-00-00-01'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value, fc.boolean()), { maxLength: 5 }), async (pairs) => {
        const query = pairs
          .map(
            ([key, text, isRaw]) =>
              `${key}=${isRaw ? text.replaceAll(/[^!-~]|#/g, '') : encodeURIComponent(text.toWellFormed())}`,
          )
          .join('&')
        const { status, body } = answered(await wire.ask(`/boot/ipxe?${query}`))
        expect(status).toBe(200)
        // Nothing of the query that means something to iPXE stands in the script.
        expect(body.split('\n').filter((line) => line.startsWith('chain '))).toEqual([
          expect.stringMatching(
            /^chain --autofree --replace --timeout 5000 \$\{peer\$\{i\}\}\/boot\/ipxe\?(mac=\$\{mac:hexhyp\}&uuid=\$\{uuid\}|[\w.:&=-]+) \|\|$/,
          ),
        ])
      }),
      { numRuns: 300 },
    )
  })
})

describe('a script', () => {
  test('is what every peer renders, whoever answers and however fresh; only headers say what it stands on (rule 12)', async () => {
    const fresh = answered(await wireTo(await listening()).ask(`/boot/ipxe?node=${ids.bound}`))
    const listener = await listening(cutOff)
    const stale = answered(await wireTo(listener).ask(`/boot/ipxe?node=${ids.bound}`))
    expect(fresh.body).toBe(nodeScript(listener.state, ids.bound).text)
    expect(stale.body).toBe(fresh.body)
    expect(fresh.headers).toMatchObject({
      'trivet-revision': '1',
      'trivet-applied-index': '42',
      'content-type': 'text/plain; charset=utf-8',
    })
    expect(fresh.headers).not.toHaveProperty('trivet-stale')
    expect(stale.headers).toMatchObject({ 'trivet-stale': 'true', 'trivet-age-ms': '1235' })
  })

  test('waits and asks again as the machine asked, for one that nobody knows', async () => {
    const wire = wireTo(await listening())
    const unknown = answered(await wire.ask('/boot/ipxe?xname=x1000c7s0b0n0'))
    expect(unknown.body).toContain('# trivet: this machine waits and asks again')
    expect(unknown.body).toContain('/boot/ipxe?xname=x1000c7s0b0n0 ||')
    expect(answered(await wire.ask('/boot/ipxe')).body).toContain('mac=${mac:hexhyp}&uuid=${uuid}')
    const unbound = answered(await wire.ask('/boot/ipxe?nid=8'))
    expect(unbound.body).toContain('# trivet: x1000c0s1b0n0 waits and asks again')
  })

  test('waits for a machine whose names are of two nodes, and the operator is told', async () => {
    const listener = await listening()
    const { body } = answered(await wireTo(listener).ask(`/boot/ipxe?uuid=${uuid}&nid=8`))
    expect(body).toContain('waits and asks again')
    // Asking by one of them alone would make it one of the two.
    expect(body).toContain(`uuid=${uuid}&nid=8`)
    expect(listener.audits).toMatchObject([{ facts: { nodes: [ids.bound, ids.unbound] } }])
    expect(listener.fetches).toEqual([])
  })
})

describe('a document', () => {
  test('is the node’s own, of this attempt', async () => {
    const listener = await listening()
    const ask = async (document: string) => answered(await wireTo(listener).ask(seed(ids.bound, ids.attempt, document)))
    const bodies = Object.fromEntries(
      await Promise.all(documents.map(async (document) => [document, await ask(document)] as const)),
    )
    expect(bodies['meta-data']).toMatchObject({
      headers: { 'content-type': 'text/yaml; charset=utf-8' },
      body: `instance-id: "${ids.attempt}"\nlocal-hostname: "login1"\n`,
    })
    expect(bodies['user-data']!.body).toBe('#cloud-config\nusers: []\n')
    expect(bodies['vendor-data']!.body).toBe('#cloud-config\n')
    expect(bodies['network-config']).toMatchObject({ status: 200, headers: { 'content-length': '0' }, body: '' })
  })

  test('of an attempt that is over: who the node is, is gone; what is optional, is empty', async () => {
    const listener = await listening()
    const statuses = await Promise.all(
      documents.map(async (document) => answered(await wireTo(listener).ask(seed(ids.bound, ids.older, document)))),
    )
    expect(statuses.map(({ status, body }) => [status, body])).toEqual([
      [404, "this attempt is not, or no longer, the node's own\n"],
      [200, '#cloud-config\n'],
      [200, '#cloud-config\n'],
      [200, ''],
    ])
    expect(answered(await wireTo(listener).ask(seed('node-nobody', ids.older, 'user-data'))).status).toBe(404)
  })

  test('that a peer does not know and that no leader denies is another peer’s to answer', async () => {
    const listener = await listening(cutOff)
    expect(await wireTo(listener).ask(seed(ids.bound, ids.older, 'user-data'))).toEqual({ kind: 'closed' })
    expect(
      answered(await wireTo(listener).ask(seed(ids.bound, ids.attempt, 'user-data'))).headers['trivet-stale'],
    ).toBe('true')
  })
})

describe('a node’s report', () => {
  const home = seed(ids.bound, ids.attempt, 'phone-home')

  test.each([
    ['a form', { headers: 'Content-Type: application/x-www-form-urlencoded\r\n', body: 'instance_id=a&pub_key_rsa=b' }],
    ['JSON', { headers: 'Content-Type: application/json\r\n', body: '{not json' }],
    ['bytes of no type', { body: '\0\u{1}' }],
    ['nothing', {}],
  ])('is kept before it is answered, and may hold %s', async (_what, request) => {
    const listener = await listening()
    const answer = answered(await wireTo(listener).ask(home, { method: 'POST', ...request }))
    expect(answer).toMatchObject({ status: 200, body: 'ok\n', headers: { 'content-length': '3' } })
    expect(listener.reports).toEqual([{ nodeId: ids.bound, attemptId: ids.attempt }])
  })

  test('is answered only after the commit', async () => {
    const committed = Promise.withResolvers<void>()
    const listener = await listening({ reportBoot: () => committed.promise })
    let isAnswered = false
    const answer = wireTo(listener)
      .ask(home, { method: 'POST' })
      .finally(() => (isAnswered = true))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isAnswered).toBe(false)
    committed.resolve()
    expect(answered(await answer).status).toBe(200)
  })

  test('that is not kept gets no answer: the connection closes, and the node asks again', async () => {
    const listener = await listening({ reportBoot: () => Promise.reject(new Error('no leader')) })
    expect(await wireTo(listener).ask(home, { method: 'POST', body: 'a=b' })).toEqual({ kind: 'closed' })
  })

  test('that is kept too late gets no answer, and harms nobody when it is', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const committed = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const listener = await listening({
      reportBoot: () => {
        asked.resolve()
        return committed.promise
      },
    })
    const answer = wireTo(listener).ask(home, { method: 'POST' })
    await asked.promise
    vi.advanceTimersByTime(4_500)
    expect(await answer).toEqual({ kind: 'closed' })
    committed.resolve()
    vi.useRealTimers()
    expect(answered(await wireTo(listener).ask('/boot/ipxe')).status).toBe(200)
  })

  test('that changes nothing is taken and asks nobody to commit, however often it comes', async () => {
    const listener = await listening()
    listener.state.run(() => [put(nodeBoots, { nodeId: ids.unbound, reportedAttemptId: ids.older })], undefined)
    for (const target of [
      seed(ids.bound, ids.older, 'phone-home'),
      seed(ids.unbound, ids.attempt, 'phone-home'),
      seed(ids.unbound, ids.older, 'phone-home'),
      seed('node-00000000000000000000000000', ids.attempt, 'phone-home'),
    ]) {
      expect(answered(await wireTo(listener).ask(target, { method: 'POST' }))).toMatchObject({ status: 200 })
    }
    expect(listener.reports).toEqual([])
  })

  test('goes to the leader unseen when this peer may be behind', async () => {
    const listener = await listening(cutOff)
    const target = seed(ids.bound, ids.older, 'phone-home')
    expect(answered(await wireTo(listener).ask(target, { method: 'POST' })).status).toBe(200)
    expect(listener.reports).toEqual([{ nodeId: ids.bound, attemptId: ids.older }])
  })

  test('of what cannot be an attempt is nobody’s, and asks nobody to commit', async () => {
    const listener = await listening()
    for (const target of [
      '/seed/node-1/att-1/phone-home',
      `/seed/${ids.bound}/x/phone-home`,
      seed(ids.attempt, ids.bound, 'phone-home'),
    ]) {
      expect(answered(await wireTo(listener).ask(target, { method: 'POST' })).status).toBe(404)
    }
    expect(listener.reports).toEqual([])
  })

  test.each([
    ['that says its size', (body: string) => `Content-Length: ${body.length}\r\n\r\n${body}`],
    [
      'in chunks',
      (body: string) => `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ],
  ])('larger than a form, %s, is refused and not kept', async (_how, framed) => {
    const listener = await listening()
    const wire = wireTo(listener)
    wire.send(`POST ${home} HTTP/1.1\r\nHost: a\r\n${framed('x'.repeat(70_000))}`)
    expect(answered(await wire.read())).toMatchObject({ status: 413, body: 'this request cannot be answered\n' })
    expect(listener.reports).toEqual([])
  })
})

describe('evidence of a fetch', () => {
  const script = `/boot/ipxe?node=${ids.bound}`

  test('goes to the leader after the node was answered, once for each node', async () => {
    const listener = await listening()
    for (let asked = 0; asked < 3; asked += 1) await wireTo(listener).ask(script)
    await vi.waitFor(() => expect(listener.fetches).toEqual([[{ nodeId: ids.bound, attemptId: ids.attempt }]]))
  })

  test('is none of a HEAD, of a waiting script, or of what the state knows already', async () => {
    const listener = await listening()
    await wireTo(listener).ask(script, { method: 'HEAD' })
    await wireTo(listener).ask('/boot/ipxe?nid=8')
    listener.state.run(() => [put(nodeBoots, { nodeId: ids.bound, fetchedAttemptId: ids.attempt })], undefined)
    await wireTo(listener).ask(script)
    await listener.http.close()
    open.listeners.splice(0)
    expect(listener.fetches).toEqual([])
  })

  test('that still waits when the peer stops is brought first', async () => {
    const listener = await listening()
    await wireTo(listener).ask(script)
    await listener.http.close()
    open.listeners.splice(0)
    expect(listener.fetches).toHaveLength(1)
  })
})

describe('a peer that stops', () => {
  test.each(['/boot/ipxe', `/boot/ipxe?node=${ids.bound}`, seed(ids.bound, ids.attempt, 'meta-data')])(
    'refuses connections first, and finishes what it took, saying that the connection ends: %s',
    async (target) => {
      const confirmed = Promise.withResolvers<{ readonly ok: boolean }>()
      const asked = Promise.withResolvers<void>()
      const listener = await listening({
        linearizable: () => {
          asked.resolve()
          return confirmed.promise
        },
      })
      const kept = wireTo(listener)
      const inFlight = kept.ask(target)
      await asked.promise
      const closing = listener.http.close()
      await new Promise(setImmediate)
      expect(await wireTo(listener).ask('/boot/ipxe')).toEqual({ kind: 'closed' })
      confirmed.resolve({ ok: true })
      expect(answered(await inFlight)).toMatchObject({ status: 200, headers: { connection: 'close' } })
      await closing
      open.listeners.splice(0)
      await vi.waitFor(() => expect(kept.isClosed).toBe(true))
    },
  )

  test('lets go of connections that are only kept', async () => {
    const listener = await listening()
    const wire = wireTo(listener)
    expect(answered(await wire.ask('/boot/ipxe')).headers['connection']).toBe('keep-alive')
    await listener.http.close()
    open.listeners.splice(0)
    await vi.waitFor(() => expect(wire.isClosed).toBe(true))
  })
})

test('a connection is kept long enough for a node to load its kernel over it', async () => {
  const { headers } = answered(await wireTo(await listening()).ask('/boot/ipxe'))
  expect(Number(/timeout=(\d+)/.exec(headers['keep-alive']!)![1])).toBeGreaterThanOrEqual(15)
})

test('all who ask while the leader is asked get the script of their own, on one word of the leader', async () => {
  const word = Promise.withResolvers<{ readonly ok: boolean }>()
  let asked = 0
  const listener = await listening({
    linearizable: () => {
      asked += 1
      return word.promise
    },
  })
  const targets = Array.from({ length: 20 }, (_, at) => `/boot/ipxe?node=${at % 2 === 0 ? ids.bound : ids.unbound}`)
  const answers = targets.map((target) => wireTo(listener).ask(target))
  await vi.waitFor(() => expect(asked).toBe(targets.length))
  word.resolve({ ok: true })
  for (const [at, answer] of (await Promise.all(answers)).entries()) {
    const nodeId = at % 2 === 0 ? ids.bound : ids.unbound
    expect(answered(answer).body).toBe(nodeScript(listener.state, nodeId).text)
  }
})

test('an answer that took longer than two seconds is none: the node has gone on by then', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const listener = await listening({
    linearizable: async () => {
      vi.advanceTimersByTime(2_001)
      return { ok: true }
    },
  })
  for (const target of ['/boot/ipxe', seed(ids.bound, ids.attempt, 'meta-data')]) {
    expect(await wireTo(listener).ask(target)).toEqual({ kind: 'closed' })
  }
})

test('a defect closes the connection and is told to the operator; it is no status that a client could take for an answer', async () => {
  let calls = 0
  const listener = await listening({
    freshness: () => {
      calls += 1
      throw new TypeError('a defect')
    },
  })
  expect(await wireTo(listener).ask('/boot/ipxe')).toEqual({ kind: 'closed' })
  expect(listener.audits).toMatchObject([
    { message: expect.stringContaining('a defect'), facts: { url: '/boot/ipxe' } },
  ])
  expect(calls).toBe(1)
})

test('a connection that ends instead of an answer is reset, so that no client waits for the rest (rule R4)', async () => {
  const defect = () => {
    throw new TypeError('a defect')
  }
  const broken = await listening({ freshness: defect, reportBoot: () => Promise.reject(new Error('no leader')) })
  for (const [target, method] of [
    ['/boot/ipxe', 'GET'],
    [`/boot/ipxe?node=${ids.bound}`, 'GET'],
    [seed(ids.bound, ids.attempt, 'meta-data'), 'GET'],
    [seed(ids.bound, ids.attempt, 'phone-home'), 'POST'],
  ] as const) {
    const wire = wireTo(broken)
    expect(await wire.ask(target, { method }), target).toEqual({ kind: 'closed' })
    expect(wire.wasReset, target).toBe(true)
  }
})

test('a path that cannot be decoded is nobody’s, in our words', async () => {
  const answer = answered(await wireTo(await listening()).ask('/%zz'))
  expect(answer).toMatchObject({ status: 404, body: 'nothing is here\n' })
})

test('what is no HTTP gets no status', async () => {
  const listener = await listening()
  for (const bytes of [
    '\0\u{1}\u{2}\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET /boot/ipxe HTTP/1.1\r\nContent-Length: x\r\n\r\n',
  ]) {
    const wire = wireTo(listener)
    wire.send(bytes)
    expect(await wire.read()).toEqual({ kind: 'closed' })
  }
  expect(answered(await wireTo(listener).ask('/boot/ipxe')).status).toBe(200)
})
