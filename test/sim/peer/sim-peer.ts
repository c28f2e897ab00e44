import type { PeerId, Role } from '../../../src/raft/core/types.ts'
import type { PeerAddress } from '../../../src/raft/store/configuration.ts'
import type { Membership } from '../oracle/membership-model.ts'
import { SimDisk, type EndOfProcess } from '../disk/sim-disk.ts'
import { Dice } from '../world/dice.ts'
import { MachineClock } from '../world/machine-clock.ts'
import type { World } from '../world/world.ts'
import { SimProcess } from './sim-process.ts'

/** A packet between two threads takes up to this when nothing is wrong. */
export const usualPacketDelayUs = 60

/** One peer: a machine with its clocks and its disk, and the process that runs on it, if one does. */
export class SimPeer {
  readonly id: PeerId
  readonly name: string
  readonly address: string
  readonly world: World
  readonly clock: MachineClock
  readonly disk: SimDisk
  readonly dice: Dice
  /** Runs of the process so far. */
  runs = 0
  process: SimProcess | undefined
  /** When that was started. */
  startedUs = 0
  /** As its worker said last; of a process that runs. */
  role: Role = 'follower'
  term = 0
  /** Where its own entries begin, if it leads. */
  firstIndex = 0
  /** How long a packet takes from thread to thread at most. */
  packetDelayMaxUs = usualPacketDelayUs
  /** How long an event of the consensus waits in main at most, while answers to reads do not. */
  eventDelayMaxUs = 0
  /** Of the program that is started next. */
  release = 1
  /** There is a peer on this machine, whether its process runs or not. */
  isInstalled = false
  /** Who takes part, as its worker said last. */
  membership: Membership | undefined
  /** No process is started while somebody holds it down. */
  isHeldDown = false

  constructor(world: World, address: PeerAddress, seed: number) {
    this.world = world
    this.id = address.id
    this.name = address.name
    this.address = address.address
    this.dice = Dice.named(seed, `peer ${address.name}`)
    this.clock = new MachineClock(world.timeline, 1_000_000 + this.dice.below(1_000_000_000))
    const [diskDice, levelDice] = ['disk', 'LevelDB'].map((what) => Dice.named(seed, `${what} ${address.name}`))
    this.disk = new SimDisk(world.timeline, diskDice!, levelDice!)
    this.disk.onPowerCut = () => this.crash('power')
  }

  get isUp(): boolean {
    return this.process !== undefined
  }

  /** It runs, and is not damaged. */
  get isSound(): boolean {
    return this.process?.desk !== undefined
  }

  start(): void {
    if (this.process !== undefined) return
    this.runs++
    this.startedUs = this.world.timeline.nowUs
    this.role = 'follower'
    this.process = new SimProcess(this)
    this.process.start()
  }

  /** The process is killed, or the machine loses power. */
  crash(how: EndOfProcess): void {
    const { process } = this
    if (process === undefined) return
    this.process = undefined
    this.role = 'follower'
    process.end(how)
  }

  /** A snapshot has arrived: what has stopped in good order starts again, in the same moment. */
  renew(process: SimProcess): void {
    if (this.process !== process) return
    this.crash('process')
    this.start()
  }

  eventDelayUs(): number {
    return this.eventDelayMaxUs === 0 ? 0 : this.dice.below(this.eventDelayMaxUs)
  }

  packetDelayUs(): number {
    return this.dice.between(4, this.packetDelayMaxUs)
  }
}
