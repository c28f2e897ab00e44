import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { FaultRule } from './faults/rule.ts'
import { parseFaultRule } from './faults/rule.ts'
import { planHardware } from './hardware-plan.ts'
import type { Range, RoomOptions } from './options.ts'
import { checkRoomOptions, defaultRoomOptions } from './options.ts'

/** What `--help` prints. */
export const usage = `Starts a room of emulated servers: BMCs that speak Redfish, nodes that really boot.

usage: node test/support/room/main.ts [options]

  --nodes N                how many nodes (default 6)
  --profile P              ilo, cray or mixed (default)
  --cray-nodes-per-bmc N   1 (default) or 2
  --seed TEXT              decides every delay, address and order (default 1)
  --speed X                hardware and scripts run so many times faster (default 1)
  --network-speed X        the same for time-outs and pauses of the nodes' network clients (default 1)
  --power-delay-ms A-B     how long a change of power takes (default 1000-8000)
  --firmware-delay-ms A-B  from power to the first request (default 300-1500)
  --kernel-delay-ms A-B    from kernel start to the initramfs' first request (default 200-800)
  --addressing A           addresses: each BMC and node its own in 127/8 (default on Linux), or ports
  --bmc-prefix A.B         first octets of BMC addresses (default 127.77)
  --node-prefix A.B        first octets of node addresses (default 127.78)
  --bmc-port N             port of every BMC (default 0: any)
  --control HOST:PORT      control server (default 127.0.0.1:0)
  --forwarder-port N       first hop (default 0: any)
  --files-port N           file server (default 0: any)
  --username U             of every BMC (default: Administrator on ilo, root on cray)
  --password P             of every BMC
  --boot-url URL           what DHCP tells nodes to boot; {forwarder} is the first hop
  --revision-pattern RE    finds a script's revision: first group (default: comments "revision X", "from: X")
  --attempt-pattern RE     finds a script's attempt: first group (default: comments "attempt-id X", "attempt X")
  --targets A,B,C          where the first hop sends connections, best first
  --images A,B             images of which the file server has kernel and initrd (default compute)
  --kernel-bytes N, --initrd-bytes N
  --faults FILE            fault rules, a JSON array
  --refuse-twice N         so many BMCs refuse two resets, then work (default 1)
  --with-failure           the last BMC never obeys
  --json                   one line of JSON when ready, instead of a table
  --stop-with-stdin        stops when standard input ends
  --help
`

const flags = {
  nodes: { type: 'string' },
  profile: { type: 'string' },
  'cray-nodes-per-bmc': { type: 'string' },
  seed: { type: 'string' },
  speed: { type: 'string' },
  'network-speed': { type: 'string' },
  'power-delay-ms': { type: 'string' },
  'firmware-delay-ms': { type: 'string' },
  'kernel-delay-ms': { type: 'string' },
  addressing: { type: 'string' },
  'bmc-prefix': { type: 'string' },
  'node-prefix': { type: 'string' },
  'bmc-port': { type: 'string' },
  control: { type: 'string' },
  'forwarder-port': { type: 'string' },
  'files-port': { type: 'string' },
  username: { type: 'string' },
  password: { type: 'string' },
  'boot-url': { type: 'string' },
  'revision-pattern': { type: 'string' },
  'attempt-pattern': { type: 'string' },
  targets: { type: 'string' },
  images: { type: 'string' },
  'kernel-bytes': { type: 'string' },
  'initrd-bytes': { type: 'string' },
  faults: { type: 'string' },
  'refuse-twice': { type: 'string' },
  'with-failure': { type: 'boolean' },
  json: { type: 'boolean' },
  'stop-with-stdin': { type: 'boolean' },
  help: { type: 'boolean' },
} as const

type Flags = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values']

/** What the command line asks for. */
export interface CommandLine {
  readonly options: RoomOptions
  readonly help: boolean
  readonly json: boolean
  readonly stopWithStdin: boolean
}

/** Reads the arguments. Throws an Error that says which one is wrong. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const given = parseArgs({ args: [...args], options: flags }).values
  const options = optionsOf(given)
  checkRoomOptions(options)
  return {
    options,
    help: given.help === true,
    json: given.json === true,
    stopWithStdin: given['stop-with-stdin'] === true,
  }
}

function optionsOf(given: Flags): RoomOptions {
  const base = defaultRoomOptions
  const [host, controlPort] = hostAndPort(given.control ?? `${base.host}:${base.controlPort}`)
  const options: RoomOptions = {
    ...base,
    nodes: number(given.nodes, base.nodes),
    profile: oneOf(given.profile, base.profile, ['ilo', 'cray', 'mixed'] as const),
    crayNodesPerBmc: oneOf(given['cray-nodes-per-bmc'], '1', ['1', '2'] as const) === '2' ? 2 : 1,
    seed: given.seed ?? base.seed,
    speed: number(given.speed, base.speed),
    networkSpeed: number(given['network-speed'], base.networkSpeed),
    powerDelayMs: range(given['power-delay-ms'], base.powerDelayMs),
    firmwareDelayMs: range(given['firmware-delay-ms'], base.firmwareDelayMs),
    kernelDelayMs: range(given['kernel-delay-ms'], base.kernelDelayMs),
    addressing: oneOf(given.addressing, base.addressing, ['addresses', 'ports'] as const),
    bmcPrefix: given['bmc-prefix'] ?? base.bmcPrefix,
    nodePrefix: given['node-prefix'] ?? base.nodePrefix,
    bmcPort: number(given['bmc-port'], base.bmcPort),
    host,
    controlPort,
    forwarderPort: number(given['forwarder-port'], base.forwarderPort),
    filesPort: number(given['files-port'], base.filesPort),
    username: given.username ?? base.username,
    password: given.password ?? base.password,
    bootUrl: given['boot-url'] ?? base.bootUrl,
    stampPatterns: {
      revision: pattern(given['revision-pattern'], base.stampPatterns.revision),
      attempt: pattern(given['attempt-pattern'], base.stampPatterns.attempt),
    },
    targets: given.targets?.split(',') ?? base.targets,
    images: given.images?.split(',') ?? base.images,
    kernelBytes: number(given['kernel-bytes'], base.kernelBytes),
    initrdBytes: number(given['initrd-bytes'], base.initrdBytes),
  }
  return { ...options, faults: faultsOf(given, options) }
}

/** Rules of the file first, then those of the demo: an iLO that refuses twice, the last BMC deaf. */
function faultsOf(given: Flags, options: RoomOptions): FaultRule[] {
  const file: unknown = given.faults === undefined ? [] : JSON.parse(readFileSync(given.faults, 'utf8'))
  if (!Array.isArray(file)) throw new Error(`${given.faults ?? ''} is no JSON array of fault rules`)
  const names = planHardware(options).map((bmc) => bmc.xname)
  // From the third on: in a mixed room that is an iLO, whose refusal during POST is the best known.
  const refusing = [...names.slice(2), ...names.slice(0, 2)].slice(0, number(given['refuse-twice'], 1))
  const deaf = given['with-failure'] === true ? names.slice(-1) : []
  return [
    ...file.map(parseFaultRule),
    ...refusing.map((bmc): FaultRule => ({ bmc, times: 2, action: { kind: 'refuse_reset' } })),
    ...deaf.map((bmc): FaultRule => ({ bmc, action: { kind: 'never_obey' } })),
  ]
}

function pattern(text: string | undefined, otherwise: readonly RegExp[]): readonly RegExp[] {
  return text === undefined ? otherwise : [new RegExp(text, 'm')]
}

function number(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!/^\d+(?:\.\d+)?$/.test(text) || !Number.isFinite(value)) throw new Error(`"${text}" is no number`)
  return value
}

function range(text: string | undefined, otherwise: Range): Range {
  if (text === undefined) return otherwise
  const match = /^(\d+)-(\d+)$/.exec(text)
  if (match === null) throw new Error(`"${text}" is no range such as 1000-8000`)
  return { min: Number(match[1]), max: Number(match[2]) }
}

function oneOf<T extends string>(text: string | undefined, otherwise: T, allowed: readonly T[]): T {
  if (text === undefined) return otherwise
  const found = allowed.find((word) => word === text)
  if (found === undefined) throw new Error(`"${text}" is none of ${allowed.join(', ')}`)
  return found
}

function hostAndPort(text: string): readonly [string, number] {
  const match = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/.exec(text)
  if (match === null) throw new Error(`"${text}" is no loopback address with a port`)
  return [match[1]!, Number(match[2])]
}
