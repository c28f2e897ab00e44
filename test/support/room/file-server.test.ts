import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import { makeArtifacts } from './artifacts.ts'
import { FileServer } from './file-server.ts'
import { probeImage } from './ipxe/image.ts'

const image = makeArtifacts({ image: 'compute', kernelBytes: 4_096, initrdBytes: 10_000 })
let files: FileServer | undefined

afterEach(() => files?.close())

async function start(): Promise<FileServer> {
  files = await FileServer.start({ images: [image], host: '127.0.0.1', port: 0 })
  return files
}

test('the same image is the same bytes, another name is others, and the kernel is one', () => {
  expect(makeArtifacts({ image: 'compute', kernelBytes: 4_096, initrdBytes: 10_000 }).kernel.sha256).toBe(
    image.kernel.sha256,
  )
  expect(makeArtifacts({ image: 'debug', kernelBytes: 4_096, initrdBytes: 10_000 }).kernel.sha256).not.toBe(
    image.kernel.sha256,
  )
  expect([probeImage(image.kernel.body), probeImage(image.initrd.body)]).toEqual(['kernel', 'data'])
})

test('a file has its digest in its path and its length in its headers', async () => {
  const server = await start()
  const url = server.urlOf(image.initrd)
  expect(url).toContain(image.initrd.sha256)
  const response = await fetch(url)
  const body = Buffer.from(await response.arrayBuffer())
  expect(createHash('sha256').update(body).digest('hex')).toBe(image.initrd.sha256)
  expect(response.headers.get('content-length')).toBe('10000')
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10000', ''])
  expect(server.counters).toMatchObject({ requests: 2, bytesSent: 10_000 })
})

describe('ranges', () => {
  test.each([
    ['bytes=0-9', 206, 10, 'bytes 0-9/10000'],
    ['bytes=9990-', 206, 10, 'bytes 9990-9999/10000'],
    ['bytes=-5', 206, 5, 'bytes 9995-9999/10000'],
    ['bytes=9999-20000', 206, 1, 'bytes 9999-9999/10000'],
    ['bytes=10000-', 416, 0, 'bytes */10000'],
    ['bytes=5-4', 200, 10_000, null],
    ['bytes=0-1,4-5', 200, 10_000, null],
    ['lines=1-2', 200, 10_000, null],
  ])('%s', async (range, status, length, contentRange) => {
    const response = await fetch((await start()).urlOf(image.initrd), { headers: { Range: range } })
    expect(response.status).toBe(status)
    expect((await response.arrayBuffer()).byteLength).toBe(length)
    expect(response.headers.get('content-range')).toBe(contentRange)
  })
})

test('what is not there is 404, what is not a read 405', async () => {
  const server = await start()
  expect((await fetch(`${server.url}/artifacts/x/vmlinuz`)).status).toBe(404)
  expect((await fetch(server.urlOf(image.kernel), { method: 'POST' })).status).toBe(405)
})
