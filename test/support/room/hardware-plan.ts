import { createHash } from 'node:crypto'
import type { BmcProfile } from './bmc/profile.ts'
import type { RoomOptions } from './options.ts'
import { profileOf } from './options.ts'

/** A server before it is switched on: what it is, and what it is called. */
export interface PlannedBmc {
  /** Suggested xname. */
  readonly xname: string
  readonly profile: BmcProfile
  readonly host: string
  readonly mac: string
  readonly uuid: string
  readonly systems: readonly PlannedSystem[]
}

export interface PlannedSystem {
  /** Suggested xname of its node. */
  readonly xname: string
  readonly id: string
  /** The one that boots first. */
  readonly macs: readonly string[]
  readonly uuid: string
  readonly serial: string
  /** Source address of its node; `undefined` leaves that to the kernel. */
  readonly address: string | undefined
}

/** First three octets of the BMC, of the port that boots, and of the other ports. */
const prefixes: { readonly [Profile in string]: readonly [string, string, string] } = {
  ilo: ['b4:7a:f1', '88:e9:a4', '50:7c:6f'],
  cray: ['02:00:ec', '00:40:a6', '5c:ba:2c'],
}

/** All servers of a room: the same for the same options. */
export function planHardware(options: RoomOptions): PlannedBmc[] {
  const bmcs: PlannedBmc[] = []
  let nodesLeft = options.nodes
  for (let index = 0; nodesLeft > 0; index++) {
    const profile = profileOf(options, index)
    const count = Math.min(profile.nodesMax > 1 ? options.crayNodesPerBmc : 1, nodesLeft)
    bmcs.push(planBmc(options, { index, profile, count, firstNode: options.nodes - nodesLeft }))
    nodesLeft -= count
  }
  return bmcs
}

function planBmc(
  options: RoomOptions,
  plan: { readonly index: number; readonly profile: BmcProfile; readonly count: number; readonly firstNode: number },
): PlannedBmc {
  const { index, profile, count, firstNode } = plan
  const xname = bmcXname(index)
  const [bmcPrefix, bootPrefix, otherPrefix] = prefixes[profile.name]!
  const own = options.addressing === 'addresses'
  // Both systems of a Cray blade carry the serial number of the blade.
  const serial = `SN${digest(options.seed, 'serial', index).slice(0, 8).toUpperCase()}`
  return {
    xname,
    profile,
    host: own ? address(options.bmcPrefix, index) : '127.0.0.1',
    mac: mac(bmcPrefix, options.seed, index),
    uuid: uuid(digest(options.seed, 'bmc', index)),
    systems: profile.systemIds(count).map((id, system) => ({
      xname: `${xname}n${system}`,
      id,
      macs: [
        mac(bootPrefix, options.seed, firstNode + system),
        mac(otherPrefix, options.seed, 2 * (firstNode + system)),
        mac(otherPrefix, options.seed, 2 * (firstNode + system) + 1),
      ],
      uuid: uuid(digest(options.seed, 'node', firstNode + system)),
      serial,
      address: own ? address(options.nodePrefix, firstNode + system) : undefined,
    })),
  }
}

/** Eight chassis of eight slots to a cabinet. */
function bmcXname(index: number): string {
  return `x${1_000 + Math.floor(index / 64)}c${Math.floor(index / 8) % 8}s${index % 8}b0`
}

function address(prefix: string, index: number): string {
  return `${prefix}.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
}

function mac(prefix: string, seed: string, index: number): string {
  const octets = [digest(seed, 'mac', 0).slice(0, 2), ...(index.toString(16).padStart(4, '0').match(/../g) ?? [])]
  return [prefix, ...octets].join(':')
}

function uuid(hex: string): string {
  return hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
}

function digest(seed: string, what: string, index: number): string {
  return createHash('sha256').update(`${seed}/${what}/${index}`).digest('hex')
}
