import { Gauge, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { AdminHttp, adminServer } from './admin-http.ts'
import { Readiness } from './readiness.ts'

function setUp(missing = '') {
  const readiness = new Readiness()
  readiness.add('running', () => '')
  readiness.add('leader', () => missing)
  const registry = new Registry()
  new Gauge({ name: 'trivet_x', help: 'x', registers: [registry] }).set(3)
  return { readiness, registry }
}

const get = async (url: string, missing = '') => {
  const answer = await adminServer(setUp(missing)).inject(url)
  return { status: answer.statusCode, headers: answer.headers, text: answer.body }
}

test('/livez says that the process is there, ready or not', async () => {
  expect(await get('/livez', 'no leader')).toMatchObject({ status: 200, text: 'ok\n' })
})

test('/readyz of a ready peer is short, and long when asked', async () => {
  expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' })
  expect(await get('/readyz?verbose')).toMatchObject({
    status: 200,
    text: '[+]running ok\n[+]leader ok\nreadyz check passed\n',
  })
})

test('/readyz of one that is not says why without being asked, and when to ask again', async () => {
  const answer = await get('/readyz', 'no leader is known')
  expect(answer).toMatchObject({
    status: 503,
    text: '[+]running ok\n[-]leader failed: no leader is known\nreadyz check failed\n',
  })
  expect(answer.headers['retry-after']).toBe('1')
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect((await get('/readyz')).headers['retry-after']).toBeUndefined()
})

test('/metrics are in the form of Prometheus', async () => {
  const answer = await get('/metrics')
  expect(answer.text).toContain('trivet_x 3')
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
})

test('nothing else is there, and nothing is taken', async () => {
  expect(await get('/')).toMatchObject({ status: 404, text: 'nothing is here\n' })
  const posted = await adminServer(setUp()).inject({ method: 'POST', url: '/readyz', payload: 'x' })
  expect(posted.statusCode).toBe(404)
})

test('it says where it listens; an address that is taken is an error of the catalogue', async () => {
  const first = new AdminHttp(setUp())
  const bound = await first.listen({ host: '127.0.0.1', port: 0 })
  expect((await fetch(`http://127.0.0.1:${bound.port}/livez`)).status).toBe(200)
  const second = new AdminHttp(setUp())
  await expect(second.listen(bound)).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    params: { address: `127.0.0.1:${bound.port}` },
  })
  await first.close()
  await second.close()
})
