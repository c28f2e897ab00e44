import { onTestFinished } from 'vitest'
import type { LedgerKind, LedgerLine } from './ledger.ts'
import type { NodeReport } from './node/hardware.ts'
import type { RoomOptions } from './options.ts'
import type { Room } from './room.ts'
import { startRoom } from './room.ts'
import type { BootPlan } from './stand-in-peer.ts'
import { peerListScript, StandInPeer, wholeSeed } from './stand-in-peer.ts'
import { TestRedfish } from './test-redfish.ts'

/** What a test of the room works with. */
export interface TestSite {
  readonly room: Room
  /** Behind the first hop, in this order. */
  readonly peers: readonly StandInPeer[]
  /** What the peers serve; may be changed while they do. */
  readonly plan: BootPlan
  /** The BMCs of `first` and `second`. */
  readonly ilo: TestRedfish
  readonly cray: TestRedfish
}

/** The nodes of a test site. */
export const [first, second] = ['x1000c0s0b0n0', 'x1000c0s1b0n0'] as const

/** Two servers, an iLO and a Cray, fifty times as fast as real ones, and three stand-in peers. Ends with the test. */
export async function testSite(plan: Partial<BootPlan> = {}, options: Partial<RoomOptions> = {}): Promise<TestSite> {
  const room = await startRoom({
    nodes: 2,
    speed: 50,
    networkSpeed: 25,
    kernelBytes: 4_096,
    initrdBytes: 20_000,
    ...options,
  })
  onTestFinished(() => room.stop())
  const [image] = room.info.images
  const whole: BootPlan = {
    script: (mac, peers) =>
      peerListScript({ mac, peers, kernelUrl: image!.kernel.url, initrdUrl: image!.initrd.url, attempt: 'att-1' }),
    document: wholeSeed,
    takesPhoneHome: () => true,
    ...plan,
  }
  const peers = await StandInPeer.startAll(3, whole)
  const redfish = room.info.bmcs.map((bmc) => new TestRedfish(bmc))
  onTestFinished(async () => {
    await Promise.all([...peers, ...redfish].map((open) => open.close()))
  })
  room.forwarder.setTargets(peers.map((peer) => peer.address))
  return { room, peers, plan: whole, ilo: redfish[0]!, cray: redfish.at(-1)! }
}

/** Waits for a line of one kind about one node, behind the line `after`. */
export async function line(room: Room, kind: LedgerKind, node: string, after = 0): Promise<LedgerLine> {
  for (let seen = after; ;) {
    const lines = await room.ledger.waitFor({ after: seen, kinds: new Set([kind]) }, 10_000)
    if (lines.length === 0) throw new Error(`no ${kind} of ${node}: ${JSON.stringify(room.nodes())}`)
    const found = lines.find((candidate) => candidate.node === node)
    if (found !== undefined) return found
    seen = lines.at(-1)!.seq
  }
}

export function nodeOf(room: Room, xname: string): NodeReport {
  return room.nodes().find((node) => node.xname === xname)!
}
