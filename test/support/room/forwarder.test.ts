import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Forwarder } from './forwarder.ts'
import type { Listening } from './listen.ts'
import { listen } from './listen.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((listening) => listening.close()))
})

async function peer(name: string): Promise<Listening> {
  const listening = await listen(
    createServer((_, response) => response.end(name)),
    { host: '127.0.0.1', port: 0 },
  )
  open.push(listening)
  return listening
}

async function forwarder(targets: readonly string[]): Promise<Forwarder> {
  const started = await Forwarder.start({ host: '127.0.0.1', port: 0, targets })
  open.push(started)
  return started
}

const get = async (address: string) => {
  const response = await fetch(`http://${address}/`, { headers: { Connection: 'close' } })
  return response.text()
}

test('connections go to the first target that takes them, and move on when it is gone', async () => {
  const [a, b] = [await peer('a'), await peer('b')]
  const first = await forwarder([`127.0.0.1:${a.port}`, `127.0.0.1:${b.port}`])
  expect(await get(first.address)).toBe('a')
  await a.close()
  expect(await get(first.address)).toBe('b')
  expect(first.counters).toMatchObject({
    connections: 2,
    untaken: 0,
    byTarget: { [`127.0.0.1:${a.port}`]: { taken: 1, refused: 1 }, [`127.0.0.1:${b.port}`]: { taken: 1, refused: 0 } },
  })
})

test('without a target that takes it a connection is reset', async () => {
  const gone = await peer('gone')
  await gone.close()
  const first = await forwarder([`127.0.0.1:${gone.port}`])
  await expect(get(first.address)).rejects.toThrow()
  first.setTargets([])
  await expect(get(first.address)).rejects.toThrow()
  expect(first.counters.untaken).toBe(2)
})

test('targets can be changed while it runs, and a malformed one changes nothing', async () => {
  const [a, b] = [await peer('a'), await peer('b')]
  const first = await forwarder([`127.0.0.1:${a.port}`])
  first.setTargets([`127.0.0.1:${b.port}`])
  expect(await get(first.address)).toBe('b')
  expect(() => first.setTargets(['http://127.0.0.1/'])).toThrow(/host:port/)
  expect(await get(first.address)).toBe('b')
})

test('it knows which target took whose connection', async () => {
  const a = await peer('a')
  const first = await forwarder([`127.0.0.1:${a.port}`])
  const [host, port] = first.address.split(':')
  const socket = connect({ host: host!, port: Number(port) })
  const client = await new Promise<{ address: string; port: number }>((resolve) => {
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    socket.once('data', () => resolve({ address: socket.localAddress!, port: socket.localPort! }))
  })
  expect(first.targetOf(client)).toBe(`127.0.0.1:${a.port}`)
  expect(first.targetOf({ address: '127.0.0.1', port: 1 })).toBeUndefined()
  socket.destroy()
})
