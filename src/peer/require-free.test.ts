import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { requireFree } from './require-free.ts'

test('an address that is taken is refused by name; one that is free stays free', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(requireFree({ host: '127.0.0.1', port })).rejects.toThrow(
    expect.objectContaining({ code: 'LISTEN_FAILED', message: expect.stringContaining(`127.0.0.1:${port}`) }),
  )
  server.close()
  await once(server, 'close')
  await requireFree({ host: '127.0.0.1', port })
  await requireFree({ host: '127.0.0.1', port })
})

test('an address that is not ours is refused; any free port is free', async () => {
  await expect(requireFree({ host: '192.0.2.1', port: 7402 })).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
  await requireFree({ host: '192.0.2.1', port: 0 })
})
