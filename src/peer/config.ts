import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { closest } from '../lib/closest.ts'
import { trivetError } from '../lib/errors.ts'
import { addressPolicy } from '../redfish/index.ts'
import { parseConfigFile } from './config-file.ts'
import type { InitialPeer } from './initial-peers.ts'
import { isPeerName, parseInitialPeers, selfAmong } from './initial-peers.ts'
import type { ListenAddress } from './listen-address.ts'
import { formatAddress, isUnspecified, parseListenAddress, requireLoopback } from './listen-address.ts'
import { parseSize } from './size.ts'
import type { StorageLimits } from './storage-room.ts'
import type { GivenSetting, GivenSettings, SettingName } from './settings.ts'
import { settings } from './settings.ts'

const logLevels = ['error', 'warn', 'info', 'debug'] as const

/** How much is logged. */
export type LogLevel = (typeof logLevels)[number]

/** The configuration of a peer, checked. */
export interface Config {
  readonly dataDir: string
  readonly name: string
  readonly apiListen: ListenAddress
  readonly peerListen: ListenAddress
  readonly nodeListen: ListenAddress
  readonly adminListen: ListenAddress
  /** Base URL for nodes without a slash behind it; undefined follows from where the listener is bound. */
  readonly nodeUrl: string | undefined
  /** Undefined for a peer that stands alone. */
  readonly initialPeers: readonly InitialPeer[] | undefined
  readonly clusterToken: string
  /** Undefined for a peer that stands alone and makes its own. */
  readonly sealKeyFile: string | undefined
  readonly bmcNetworks: readonly string[]
  readonly storage: StorageLimits
  readonly logLevel: LogLevel
}

/** Name of a peer that stands alone and was given none. */
const loneName = 'trivet'

/** Who this peer is, and where it listens for the others. */
type Identity = Pick<Config, 'name' | 'initialPeers' | 'peerListen'>

/**
 * Reads flags, environment and file. Throws USAGE for flags that are none; CONFIG_INVALID, LISTENER_NOT_LOOPBACK and
 * BMC_NETWORK_INVALID for values.
 */
export function readConfig(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Config {
  const given = gather(argv, environment)
  const identity = identityOf(given)
  const nodeListen = listenAddress(given, 'node-listen')
  return {
    ...identity,
    dataDir: resolve(textOf(given, 'data-dir')),
    apiListen: loopbackAddress(given, 'api-listen'),
    nodeListen,
    adminListen: loopbackAddress(given, 'admin-listen'),
    nodeUrl: parseNodeUrl(given, nodeListen),
    clusterToken: given.get('cluster-token')?.value ?? '',
    sealKeyFile: parseSealKeyFile(given, identity.initialPeers !== undefined),
    bmcNetworks: parseBmcNetworks(given),
    storage: { quotaBytes: sizeOf(given, 'storage-quota'), reserveBytes: sizeOf(given, 'storage-reserve') },
    logLevel: parseLogLevel(given),
  }
}

/** Help for `trivet serve --help`. */
export function serveHelp(): string {
  const flags = settings.map((setting) => [`  --${setting.name} ${setting.placeholder}`, helpOf(setting)] as const)
  const width = Math.max(...flags.map(([flag]) => flag.length)) + 2
  return [
    'Usage: trivet serve [flags]',
    '',
    'Starts a peer. Without flags it stands alone, on loopback, with its data in ./trivet-data.',
    '',
    'Flags (also TRIVET_<NAME> in the environment, or <name>: in the file of --config; the first of these wins):',
    ...flags.map(([flag, help]) => flag.padEnd(width) + help),
    '',
  ].join('\n')
}

function helpOf(setting: (typeof settings)[number]): string {
  return 'standard' in setting ? `${setting.help} (default ${setting.standard})` : setting.help
}

function gather(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): GivenSettings {
  const flags = parseFlags(argv)
  const fromEnvironment = new Map<SettingName, GivenSetting>()
  for (const { name } of settings) {
    const variable = `TRIVET_${name.replaceAll('-', '_').toUpperCase()}`
    const value = environment[variable]
    if (value !== undefined && value !== '') fromEnvironment.set(name, { value, origin: variable })
  }
  // Several directories are separated by colons; the first one is the state's own.
  const systemd = environment['STATE_DIRECTORY']?.split(':')[0] ?? ''
  const standards = new Map<SettingName, GivenSetting>(
    systemd === '' ? [] : [['data-dir', { value: systemd, origin: 'STATE_DIRECTORY' }]],
  )
  const file = flags.get('config')?.value ?? fromEnvironment.get('config')?.value
  const fromFile = file === undefined ? [] : parseConfigFile(file, readConfigFile(file))
  const given = new Map([...standards, ...fromFile, ...fromEnvironment, ...flags])
  for (const { value, origin } of given.values()) {
    if (value.trim() === '') throw trivetError('CONFIG_INVALID', { where: origin, reason: 'is empty' })
  }
  return given
}

function parseFlags(argv: readonly string[]): Map<SettingName, GivenSetting> {
  const options = Object.fromEntries(settings.map(({ name }) => [name, { type: 'string' }])) as Record<
    SettingName,
    { type: 'string' }
  >
  try {
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: false, strict: true })
    return new Map(Object.entries(values).map(([name, value]) => [name as SettingName, { value, origin: `--${name}` }]))
  } catch (cause) {
    throw trivetError('USAGE', { reason: usageReason(argv, cause as Error), help: 'trivet serve --help' }, { cause })
  }
}

/** The first sentence of what Node says; the rest of it explains positional arguments, which there are none of. */
function usageReason(argv: readonly string[], error: Error): string {
  const [reason] = error.message.split(/\.\s|\.$|\n/, 1)
  const names = settings.map(({ name }) => name)
  const known = new Set<string>(names)
  const flags = argv.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=', 1)[0]!)
  const wrong = flags.find((flag) => flag !== '' && !known.has(flag))
  const near = wrong === undefined ? undefined : closest(wrong, names)
  return near === undefined ? reason! : `${reason}; did you mean --${near}?`
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw trivetError('CONFIG_INVALID', { where: file, reason: (error as Error).message }, { cause: error })
  }
}

function originOf(given: GivenSettings, name: SettingName): string {
  return given.get(name)?.origin ?? `--${name}`
}

function textOf(given: GivenSettings, name: SettingName): string {
  const value = given.get(name)?.value
  if (value !== undefined) return value
  const setting = settings.find((candidate) => candidate.name === name)
  if (setting === undefined || !('standard' in setting)) throw new Error(`${name} has no default`)
  return setting.standard
}

function listenAddress(given: GivenSettings, name: SettingName): ListenAddress {
  return parseListenAddress(originOf(given, name), textOf(given, name))
}

function loopbackAddress(given: GivenSettings, name: SettingName): ListenAddress {
  const address = listenAddress(given, name)
  requireLoopback(originOf(given, name), address)
  return address
}

function identityOf(given: GivenSettings): Identity {
  const name = given.get('name')?.value
  const nameOrigin = originOf(given, 'name')
  if (name !== undefined && !isPeerName(name)) {
    const reason = `${JSON.stringify(name)} is no name: small letters, digits and hyphens, 63 at most`
    throw trivetError('CONFIG_INVALID', { where: nameOrigin, reason })
  }
  const peerListen = loopbackAddress(given, 'peer-listen')
  const list = given.get('initial-peers')
  if (list === undefined) return { name: name ?? loneName, initialPeers: undefined, peerListen }
  const initialPeers = parseInitialPeers(list.origin, list.value)
  const self = selfAmong(initialPeers, { name, nameOrigin, listen: peerListen })
  // The others dial the address of the list: who says which peer this is need not say the address again.
  return { name: self.name, initialPeers, peerListen: given.has('peer-listen') ? peerListen : self.address }
}

function parseNodeUrl(given: GivenSettings, listen: ListenAddress): string | undefined {
  const setting = given.get('node-url')
  if (setting === undefined) {
    if (!isUnspecified(listen.host)) return undefined
    throw trivetError('CONFIG_INVALID', {
      where: originOf(given, 'node-listen'),
      reason: `${formatAddress(listen)} is no address that a node can ask; say with --node-url where nodes reach it`,
    })
  }
  const url = URL.parse(setting.value)
  const plain = url !== null && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (!plain || !['http:', 'https:'].includes(url.protocol) || /[\s${}?#]/.test(setting.value)) {
    throw trivetError('CONFIG_INVALID', {
      where: setting.origin,
      reason: `${JSON.stringify(setting.value)} is not an http or https URL without user and query`,
    })
  }
  return setting.value.replace(/\/+$/, '')
}

function parseBmcNetworks(given: GivenSettings): readonly string[] {
  const networks = (given.get('bmc-networks')?.value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  // Thrown now, before anything is opened.
  addressPolicy(networks)
  return networks
}

function parseSealKeyFile(given: GivenSettings, quorum: boolean): string | undefined {
  const file = given.get('seal-key-file')?.value
  if (file !== undefined) return resolve(file)
  if (!quorum) return undefined
  throw trivetError('CONFIG_INVALID', {
    where: '--initial-peers',
    reason:
      'needs --seal-key-file: every peer has to open what another one sealed. Make one with: openssl rand -base64 32',
  })
}

function sizeOf(given: GivenSettings, name: SettingName): number {
  const sizeBytes = parseSize(textOf(given, name))
  if (sizeBytes !== undefined) return sizeBytes
  throw trivetError('CONFIG_INVALID', { where: originOf(given, name), reason: 'takes a size like 512MiB or 16GiB' })
}

function parseLogLevel(given: GivenSettings): LogLevel {
  const setting = given.get('log-level')
  if (setting === undefined) return 'info'
  const level = logLevels.find((candidate) => candidate === setting.value)
  if (level !== undefined) return level
  throw trivetError('CONFIG_INVALID', { where: setting.origin, reason: `takes ${logLevels.join(', ')}` })
}
