import { createServer, type AddressInfo } from 'node:net'

/** Addresses of 127/8 are plenty: each caller of a process gets one of its own, so that nobody else takes its port. */
let next = 0

/** A loopback address with a port that is free, for tests that must know it before anybody listens there. */
export async function freeAddress(): Promise<{
  readonly host: string
  readonly port: number
  readonly address: string
}> {
  next++
  const host = `127.${64 + (process.pid % 128)}.${Math.floor(next / 254) % 256}.${(next % 254) + 1}`
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { host, port, address: `${host}:${port}` }
}
