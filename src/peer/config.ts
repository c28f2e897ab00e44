import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { closest } from '../lib/closest.ts'
import { trivetError } from '../lib/errors.ts'
import { parseConfigFile } from './config-file.ts'
import type { InitialPeer } from './initial-peers.ts'
import { parseInitialPeers, selfAmong } from './initial-peers.ts'
import type { ListenAddress } from './listen-address.ts'
import { formatAddress, parseListenAddress, requireLoopback } from './listen-address.ts'
import type { GivenSettings, SettingName } from './settings.ts'
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
  readonly logLevel: LogLevel
}

/** Name of a peer that stands alone and was given none. */
const loneName = 'trivet'

/**
 * Reads flags, environment and file. Throws USAGE for flags that are none, CONFIG_INVALID for values.
 */
export function readConfig(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Config {
  const given = gather(argv, environment)
  const text = (name: SettingName): string | undefined => given.get(name)?.value
  const origin = (name: SettingName): string => given.get(name)?.origin ?? `--${name}`
  const listen = (name: SettingName): ListenAddress => parseListenAddress(origin(name), text(name) ?? standardOf(name))
  const apiListen = listen('api-listen')
  const peerListen = listen('peer-listen')
  const adminListen = listen('admin-listen')
  requireLoopback('api-listen', apiListen)
  requireLoopback('peer-listen', peerListen)
  requireLoopback('admin-listen', adminListen)
  const initialPeers = parsePeers(given)
  return {
    dataDir: resolve(text('data-dir') ?? standardOf('data-dir')),
    name: initialPeers === undefined ? (text('name') ?? loneName) : selfAmong(initialPeers, text('name'), peerListen),
    apiListen,
    peerListen,
    nodeListen: listen('node-listen'),
    adminListen,
    nodeUrl: parseNodeUrl(given),
    initialPeers,
    clusterToken: text('cluster-token') ?? '',
    sealKeyFile: parseSealKeyFile(given, initialPeers !== undefined),
    bmcNetworks:
      text('bmc-networks')
        ?.split(',')
        .filter((part) => part !== '') ?? [],
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
  const fromEnvironment = new Map<SettingName, { value: string; origin: string }>()
  for (const { name } of settings) {
    const variable = `TRIVET_${name.replaceAll('-', '_').toUpperCase()}`
    const value = environment[variable]
    if (value !== undefined && value !== '') fromEnvironment.set(name, { value, origin: variable })
  }
  const systemd = environment['STATE_DIRECTORY']
  const standards = new Map<SettingName, { value: string; origin: string }>(
    systemd === undefined ? [] : [['data-dir', { value: systemd, origin: 'STATE_DIRECTORY' }]],
  )
  const file = flags.get('config')?.value ?? fromEnvironment.get('config')?.value
  const fromFile = file === undefined ? new Map() : parseConfigFile(file, readConfigFile(file))
  return new Map([...standards, ...fromFile, ...fromEnvironment, ...flags])
}

function parseFlags(argv: readonly string[]): Map<SettingName, { value: string; origin: string }> {
  const options = Object.fromEntries(settings.map(({ name }) => [name, { type: 'string' }])) as Record<
    SettingName,
    { type: 'string' }
  >
  try {
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: false, strict: true })
    return new Map(Object.entries(values).map(([name, value]) => [name as SettingName, { value, origin: `--${name}` }]))
  } catch (error) {
    const wrong = argv.find((word) => word.startsWith('--') && !Object.hasOwn(options, word.slice(2).split('=')[0]!))
    const names = settings.map(({ name }) => name)
    const near = wrong === undefined ? undefined : closest(wrong.slice(2), names)
    const hint = near === undefined ? '' : `; did you mean --${near}?`
    throw trivetError('USAGE', {
      reason: `${(error as Error).message.split('.')[0]}${hint}`,
      help: 'trivet serve --help',
    })
  }
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw trivetError('CONFIG_INVALID', { where: file, reason: (error as Error).message }, { cause: error })
  }
}

function standardOf(name: SettingName): string {
  const setting = settings.find((candidate) => candidate.name === name)
  if (setting === undefined || !('standard' in setting)) throw new Error(`${name} has no default`)
  return setting.standard
}

function parsePeers(given: GivenSettings): readonly InitialPeer[] | undefined {
  const peers = given.get('initial-peers')
  return peers === undefined ? undefined : parseInitialPeers(peers.origin, peers.value)
}

function parseNodeUrl(given: GivenSettings): string | undefined {
  const setting = given.get('node-url')
  if (setting === undefined) return undefined
  const url = URL.parse(setting.value)
  const plain = url !== null && url.search === '' && url.hash === '' && url.username === ''
  if (!plain || !['http:', 'https:'].includes(url.protocol) || /[\s${}]/.test(setting.value)) {
    throw trivetError('CONFIG_INVALID', {
      where: setting.origin,
      reason: `${JSON.stringify(setting.value)} is not an http or https URL without query`,
    })
  }
  return setting.value.replace(/\/+$/, '')
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

function parseLogLevel(given: GivenSettings): LogLevel {
  const setting = given.get('log-level')
  if (setting === undefined) return 'info'
  const level = logLevels.find((candidate) => candidate === setting.value)
  if (level !== undefined) return level
  throw trivetError('CONFIG_INVALID', { where: setting.origin, reason: `takes ${logLevels.join(', ')}` })
}

/** The address that others use for a listener that is bound. */
export function urlOf(scheme: 'http', bound: ListenAddress): string {
  return `${scheme}://${formatAddress(bound)}`
}
