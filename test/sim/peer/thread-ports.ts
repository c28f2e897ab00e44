import type { PacketPort } from '../../../src/raft/member/packet-port.ts'
import type { Thread } from '../world/thread.ts'

/** Both ends of the way between two threads of a process: packets arrive whole and in order, after a while. */
export function threadPorts(main: Thread, worker: Thread, delayUs: () => number): readonly [PacketPort, PacketPort] {
  const handlers: (((packet: Uint8Array) => void) | undefined)[] = [undefined, undefined]
  const threads = [main, worker]
  const lastUs = [0, 0]
  const end = (own: 0 | 1): PacketPort => ({
    post: (packet) => {
      const other = (1 - own) as 0 | 1
      const { nowUs } = main.timeline
      lastUs[other] = Math.max(lastUs[other]!, nowUs + delayUs())
      threads[other]!.after(lastUs[other] - nowUs, () => handlers[other]?.(packet))
    },
    listen: (handler) => {
      handlers[own] = handler
    },
    close: () => {
      handlers[own] = undefined
    },
  })
  return [end(0), end(1)]
}
