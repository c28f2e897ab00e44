import type { BmcProfile } from './bmc/profile.ts'
import { crayProfile } from './bmc/profiles/cray.ts'
import { iloProfile } from './bmc/profiles/ilo.ts'
import type { FaultRule } from './faults/rule.ts'
import type { StampPatterns } from './node/script-stamp.ts'
import { defaultStampPatterns } from './node/script-stamp.ts'

export interface Range {
  readonly min: number
  readonly max: number
}

/** How a room is furnished. */
export interface RoomOptions {
  readonly nodes: number
  /** `mixed`: iLO and Cray in turn. */
  readonly profile: 'ilo' | 'cray' | 'mixed'
  /** A Cray node card has one or two systems behind its BMC. */
  readonly crayNodesPerBmc: 1 | 2
  /** Decides every delay, address and order. */
  readonly seed: string
  /** How many times faster than real time hardware and scripts run. */
  readonly speed: number
  /** The same for time-outs and pauses of the nodes' network clients. */
  readonly networkSpeed: number
  /** Room milliseconds that a change of power takes. */
  readonly powerDelayMs: Range
  /** Room milliseconds from power to the first request. */
  readonly firmwareDelayMs: Range
  /** Room milliseconds from kernel start to the first request of the initramfs. */
  readonly kernelDelayMs: Range
  /**
   * `addresses`: each BMC and each node has an address of its own in 127/8, which Linux answers on without any set-up.
   * `ports`: all are 127.0.0.1, told apart by port, as other systems need.
   */
  readonly addressing: 'addresses' | 'ports'
  /** First two octets of the BMCs' and of the nodes' addresses. */
  readonly bmcPrefix: string
  readonly nodePrefix: string
  /** Port of each BMC; 0 takes any that is free. */
  readonly bmcPort: number
  /** Where control server, forwarder and file server listen. */
  readonly host: string
  readonly controlPort: number
  readonly forwarderPort: number
  readonly filesPort: number
  readonly username: string | undefined
  readonly password: string
  /** The `filename` of DHCP. `{forwarder}` is the forwarder's `host:port`; settings of iPXE are for iPXE. */
  readonly bootUrl: string
  /** Where the forwarder sends connections, `host:port`, best first. */
  readonly targets: readonly string[]
  /** Names of the images of which the file server has a kernel and an initrd. */
  readonly images: readonly string[]
  readonly kernelBytes: number
  readonly initrdBytes: number
  readonly faults: readonly FaultRule[]
  readonly stampPatterns: StampPatterns
}

/** The room that the demo takes, but without a single fault. */
export const defaultRoomOptions: RoomOptions = {
  nodes: 6,
  profile: 'mixed',
  crayNodesPerBmc: 1,
  seed: '1',
  speed: 1,
  networkSpeed: 1,
  powerDelayMs: { min: 1_000, max: 8_000 },
  firmwareDelayMs: { min: 300, max: 1_500 },
  kernelDelayMs: { min: 200, max: 800 },
  addressing: process.platform === 'linux' ? 'addresses' : 'ports',
  bmcPrefix: '127.77',
  nodePrefix: '127.78',
  bmcPort: 0,
  host: '127.0.0.1',
  controlPort: 0,
  forwarderPort: 0,
  filesPort: 0,
  username: undefined,
  password: 'room-password',
  bootUrl:
    'http://{forwarder}/boot/ipxe?mac=${mac}&uuid=${uuid}&serial=${serial:uristring}' +
    '&arch=${buildarch}&platform=${platform}',
  targets: [],
  images: ['compute'],
  kernelBytes: 262_144,
  initrdBytes: 1_048_576,
  faults: [],
  stampPatterns: defaultStampPatterns,
}

export const nodesMax = 4_096

/** The profile of the BMC with this number. */
export function profileOf(options: Pick<RoomOptions, 'profile'>, bmcIndex: number): BmcProfile {
  if (options.profile === 'mixed') return bmcIndex % 2 === 0 ? iloProfile : crayProfile
  return options.profile === 'ilo' ? iloProfile : crayProfile
}

/** Throws an Error that names the option and its limits. */
export function checkRoomOptions(options: RoomOptions): void {
  const numbers: readonly (readonly [keyof RoomOptions, number, number])[] = [
    ['nodes', 1, nodesMax],
    ['speed', 0.01, 1_000],
    ['networkSpeed', 0.01, 1_000],
    ['bmcPort', 0, 65_535],
    ['controlPort', 0, 65_535],
    ['forwarderPort', 0, 65_535],
    ['filesPort', 0, 65_535],
    ['kernelBytes', 1_024, 1_073_741_824],
    ['initrdBytes', 1, 1_073_741_824],
  ]
  for (const [name, min, max] of numbers) {
    const value = options[name]
    if (typeof value !== 'number' || !(value >= min && value <= max)) {
      throw new Error(`${name} is from ${min} to ${max}, not ${JSON.stringify(value)}`)
    }
  }
  for (const name of ['powerDelayMs', 'firmwareDelayMs', 'kernelDelayMs'] as const) {
    const { min, max } = options[name]
    if (!(min >= 0 && max >= min)) throw new Error(`${name} is from 0 up, and its end is not before its start`)
  }
  if (!['ilo', 'cray', 'mixed'].includes(options.profile)) throw new Error('profile is ilo, cray or mixed')
  if (options.images.length === 0) throw new Error('images names at least one')
  for (const prefix of [options.bmcPrefix, options.nodePrefix]) {
    if (!/^127\.\d{1,3}$/.test(prefix)) throw new Error(`a prefix is two octets that start with 127, not "${prefix}"`)
  }
}
