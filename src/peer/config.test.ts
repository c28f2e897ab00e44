import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig, serveHelp } from './config.ts'
import { settings } from './settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'trivet-config-'))
afterAll(() => rmSync(directory, { recursive: true }))

function file(text: string): string {
  const path = join(directory, 'config.yaml')
  writeFileSync(path, text)
  return path
}

const quorum = ['--initial-peers', 'a=127.0.0.1:1,b=127.0.0.1:2,c=127.0.0.1:3', '--seal-key-file', 'seal.key']

test('without anything a peer stands alone, on loopback, with its data in the working directory', () => {
  expect(readConfig([], {})).toEqual({
    dataDir: resolve('trivet-data'),
    name: 'trivet',
    apiListen: { host: '127.0.0.1', port: 7400 },
    peerListen: { host: '127.0.0.1', port: 7401 },
    nodeListen: { host: '127.0.0.1', port: 7402 },
    adminListen: { host: '127.0.0.1', port: 7403 },
    nodeUrl: undefined,
    initialPeers: undefined,
    clusterToken: '',
    sealKeyFile: undefined,
    bmcNetworks: [],
    storage: { quotaBytes: 16 * 1024 ** 3, reserveBytes: 256 * 1024 ** 2 },
    logLevel: 'info',
  })
})

test('flags win over the environment, that over the file, that over defaults', () => {
  const path = file('name: from-file\ncluster-token: from-file\nlog-level: error\n')
  const environment = { TRIVET_NAME: 'from-environment', TRIVET_CLUSTER_TOKEN: 'from-environment' }
  const config = readConfig(['--config', path, '--name', 'from-flag'], environment)
  expect([config.name, config.clusterToken, config.logLevel]).toEqual(['from-flag', 'from-environment', 'error'])
})

test('the file is named by the flag, or by the environment, and the flag wins', () => {
  const path = file('name: from-file\n')
  expect(readConfig([], { TRIVET_CONFIG: path }).name).toBe('from-file')
  const missing = { TRIVET_CONFIG: join(directory, 'missing.yaml') }
  expect(readConfig(['--config', path], missing).name).toBe('from-file')
  expect(() => readConfig([], missing)).toThrow(/missing\.yaml: ENOENT/)
})

test('under systemd the data are in its state directory, the first one, unless something else is said', () => {
  expect(readConfig([], { STATE_DIRECTORY: '/var/lib/trivet:/var/lib/other' }).dataDir).toBe('/var/lib/trivet')
  expect(readConfig([], { STATE_DIRECTORY: '' }).dataDir).toBe(resolve('trivet-data'))
  const environment = { STATE_DIRECTORY: '/var/lib/trivet', TRIVET_CONFIG: file('data-dir: /srv/trivet\n') }
  expect(readConfig([], environment).dataDir).toBe('/srv/trivet')
})

test('a variable that is empty is one that is not set', () => {
  expect(readConfig([], { TRIVET_NAME: '', TRIVET_API_LISTEN: '' }).name).toBe('trivet')
})

test('a peer of a quorum is found by its name, and listens where the others dial it', () => {
  const config = readConfig([...quorum, '--name', 'b'], {})
  expect(config).toMatchObject({ name: 'b', peerListen: { port: 2 }, sealKeyFile: resolve('seal.key') })
  expect(config.initialPeers?.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})

test('a peer of a quorum is found by where it listens', () => {
  expect(readConfig([...quorum, '--peer-listen', '127.0.0.1:3'], {}).name).toBe('c')
})

test('a peer with a name may listen elsewhere, behind something that forwards', () => {
  const config = readConfig([...quorum, '--name', 'b', '--peer-listen', '127.0.0.1:9'], {})
  expect(config).toMatchObject({ name: 'b', peerListen: { port: 9 } })
})

test('lists are split, and spaces do not count', () => {
  expect(readConfig(['--bmc-networks', '10.0.0.0/8, fd00::/8,'], {}).bmcNetworks).toEqual(['10.0.0.0/8', 'fd00::/8'])
})

test('the base URL for nodes has no slash behind it', () => {
  expect(readConfig(['--node-url', 'http://boot.example:7402/x//'], {}).nodeUrl).toBe('http://boot.example:7402/x')
})

test('the listener for nodes may leave loopback', () => {
  expect(readConfig(['--node-listen', '10.1.0.1:7402'], {}).nodeListen.host).toBe('10.1.0.1')
  const everywhere = ['--node-listen', '0.0.0.0:7402', '--node-url', 'http://10.1.0.1:7402']
  expect(readConfig(everywhere, {}).nodeListen.host).toBe('0.0.0.0')
})

test.for([
  [['--api-listen', '0.0.0.0:1'], '--api-listen 0.0.0.0:1 is reachable from outside'],
  [['--peer-listen', '10.0.0.1:1'], '--peer-listen 10.0.0.1:1 is reachable from outside'],
  [['--admin-listen', '[::]:1'], '--admin-listen [::]:1 is reachable from outside'],
  [['--node-listen', 'nowhere'], '--node-listen: "nowhere" is not HOST:PORT'],
  [
    ['--node-listen', '0.0.0.0:7402'],
    '--node-listen: 0.0.0.0:7402 is no address that a node can ask; say with --node-url',
  ],
  [['--node-url', 'ftp://x'], '--node-url: "ftp://x" is not an http or https URL without user and query'],
  [['--node-url', 'http://x/?a=b'], 'is not an http or https URL'],
  [['--node-url', 'http://x/?'], 'is not an http or https URL'],
  [['--node-url', 'http://user@x/'], 'is not an http or https URL'],
  [['--node-url', 'http://:secret@x/'], 'is not an http or https URL'],
  [['--node-url', 'http://x/${net0/mac}'], 'is not an http or https URL'],
  [['--node-url', 'http://x/\nreboot'], 'is not an http or https URL'],
  [['--name', 'two words'], '--name: "two words" is no name: small letters, digits and hyphens, 63 at most'],
  [['--name', ''], '--name: is empty'],
  [['--data-dir', ' '], '--data-dir: is empty'],
  [['--log-level', 'loud'], '--log-level: takes error, warn, info, debug'],
  [['--bmc-networks', '10.0.0.0/33'], '"10.0.0.0/33" in `--bmc-networks` is no network'],
  [['--initial-peers', 'a=127.0.0.1:1', '--name', 'a'], '--initial-peers: needs --seal-key-file'],
  [[...quorum, '--name', 'd'], '--name: d is not among a, b, c'],
  [quorum, 'none of a, b, c listens at 127.0.0.1:7401; say which this is with --name'],
] as const)('%j is refused: %s', ([argv, reason]) => {
  expect(() => readConfig(argv, {})).toThrow(reason)
})

test('the error of a value names where the value came from', () => {
  expect(() => readConfig([], { TRIVET_LOG_LEVEL: 'loud' })).toThrow('TRIVET_LOG_LEVEL: takes')
  expect(() => readConfig([], { TRIVET_API_LISTEN: '10.0.0.1:1' })).toThrow('TRIVET_API_LISTEN 10.0.0.1:1 is')
  const path = file('name: a\nnode-listen: here\n')
  expect(() => readConfig(['--config', path], {})).toThrow(`${path}:2:1: "here" is not HOST:PORT`)
  expect(() => readConfig([...quorum], { TRIVET_NAME: 'd' })).toThrow('TRIVET_NAME: d is not among')
})

test.for([
  [['--data-dri', 'x'], "Unknown option '--data-dri'; did you mean --data-dir?"],
  [['--data-dri=x'], 'did you mean --data-dir?'],
  [['--nothing-like-it'], "Unknown option '--nothing-like-it'"],
  [['--data-dir'], 'argument missing'],
  [['x'], "Unexpected argument 'x'"],
  [['--api.listen', 'x'], "Unknown option '--api.listen'; did you mean --api-listen?"],
] as const)('%j is a mistake in usage: %s', ([argv, reason]) => {
  expect(() => readConfig(argv, {})).toThrow(reason)
  expect(() => readConfig(argv, {})).toThrow(expect.objectContaining({ code: 'USAGE', remedy: 'trivet serve --help' }))
})

test('help shows every setting with its default, one a line, and how they are given otherwise', () => {
  const lines = serveHelp().split('\n')
  for (const setting of settings) {
    const line = lines.find((candidate) => candidate.includes(`--${setting.name} ${setting.placeholder}`))
    expect(line).toContain(setting.help)
    if ('standard' in setting) expect(line).toContain(`(default ${setting.standard})`)
  }
  expect(serveHelp()).toMatch(/TRIVET_<NAME> .* --config; the first of these wins/)
})
