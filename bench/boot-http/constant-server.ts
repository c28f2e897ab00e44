import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The rival: `node:http` that answers every request with the same bytes, as many as the first argument says. */
const body = Buffer.alloc(Number(process.argv[2]), 'x')
const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length }
const server = createServer({ keepAliveTimeout: 20_000 }, (_request, response) => {
  response.writeHead(200, headers)
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})

// It ends with the bench, however that ends.
process.stdin.on('end', () => process.exit()).resume()
