import type { AddressInfo, Server, Socket } from 'node:net'

/** A listener and what is connected to it. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** Stops listening and cuts what is connected. */
  close(): Promise<void>
}

/** Starts to listen; port 0 takes any that is free. Rejects when the address is taken or not there. */
export async function listen(
  server: Server,
  options: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port, backlog: 1_024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { address, port } = server.address() as AddressInfo
  return {
    host: address,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
