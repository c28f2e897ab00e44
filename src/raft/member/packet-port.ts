/** One end of the way between two threads: packets arrive whole and in order. */
export interface PacketPort {
  /** Sends a packet; its memory is gone afterwards. */
  post(packet: Uint8Array<ArrayBuffer>): void
  listen(handler: (packet: Uint8Array) => void): void
  close(): void
}

/** What `MessagePort`, `Worker` and `parentPort` have in common. */
export interface ThreadEnd {
  postMessage(value: unknown, transferList: readonly ArrayBuffer[]): void
  on(event: 'message', listener: (value: Uint8Array) => void): unknown
}

/** The end of a worker's or a message port's channel. */
export function threadPort(end: ThreadEnd, close: () => void = () => {}): PacketPort {
  return {
    post: (packet) => end.postMessage(packet, [packet.buffer]),
    listen: (handler) => {
      end.on('message', handler)
    },
    close,
  }
}

/** Both ends of a way within one thread, for members that run in process; packets arrive in a later turn. */
export function localPorts(defer: (callback: () => void) => void): readonly [PacketPort, PacketPort] {
  const handlers: (((packet: Uint8Array) => void) | undefined)[] = [undefined, undefined]
  const end = (own: 0 | 1): PacketPort => ({
    post: (packet) => defer(() => handlers[1 - own]?.(packet)),
    listen: (handler) => {
      handlers[own] = handler
    },
    close: () => {
      handlers[own] = undefined
    },
  })
  return [end(0), end(1)]
}
