import { expect, test } from 'vitest'
import { parseCommand } from './parse-command.ts'
import { runSettings } from './run-settings.ts'
import { commandOf } from './testing/tables.ts'

const groupDelete = await commandOf('group', 'delete')

function settings(words: readonly string[], env: Record<string, string> = {}) {
  return runSettings(groupDelete, parseCommand(groupDelete, ['g', ...words]), env)
}

test('a command without flags asks the local peer and prints a table', () => {
  expect(settings([])).toEqual({
    addresses: ['127.0.0.1:7400'],
    format: 'table',
    header: true,
    timeoutMs: undefined,
    watch: false,
    wait: false,
    reason: '',
    requestId: '',
  })
})

test('flags say all of it', () => {
  const requestId = '01938b2e-7c00-7abc-8def-0123456789ab'
  const words = ['-o', 'yaml', '--no-header', '--timeout', '1m30s', '--reason', 'old', '--request-id', requestId]
  expect(settings(words)).toMatchObject({ format: 'yaml', header: false, timeoutMs: 90_000, reason: 'old', requestId })
})

test('the flag wins over the environment, and an empty variable is none', () => {
  const env = { TRIVET_SERVER: 'a,b:1' }
  expect(settings([], env).addresses).toEqual(['a:7400', 'b:1'])
  expect(settings(['--server', 'c'], env).addresses).toEqual(['c:7400'])
  expect(settings([], { TRIVET_SERVER: '' }).addresses).toEqual(['127.0.0.1:7400'])
})

test.for(['TRIVET_SERVERS', 'TRIVET_SEVER', 'TRIVET_SERVER_ADDRESS', 'TRIVET_server'])(
  '%s in the environment is a mistake, unless the line says whom to ask',
  (name) => {
    expect(() => settings([], { [name]: 'a' })).toThrow(`the environment has ${name}, which says nothing; did you mean`)
    expect(settings(['--server', 'c'], { [name]: 'a' }).addresses).toEqual(['c:7400'])
  },
)

test('what is for a peer, empty, or of Kubernetes, is none of its business', () => {
  const env = { TRIVET_DATA_DIR: '/srv', TRIVET_NAME: 'a', TRIVET_SERVERS: '', TRIVET_SERVICE_HOST: '10.0.0.1' }
  expect(settings([], { ...env, TRIVET_SERVER_SERVICE_PORT: '7400' }).addresses).toEqual(['127.0.0.1:7400'])
})

test('addresses may be names, IPv4 and IPv6, each asked once', () => {
  expect(settings(['--server', ' peer1.site , 10.0.0.1:7500,[fd00::1], [fd00::1]:7400 ']).addresses).toEqual([
    'peer1.site:7400',
    '10.0.0.1:7500',
    '[fd00::1]:7400',
  ])
})

test.for([
  [['--server', 'http://a:7400'], /--server: "http:\/\/a:7400" is no address/],
  [['--server', 'a,,b'], /--server: "" is no address/],
  [['--server', 'a:70000'], /is no address/],
  [['--server', '[zz]:1'], /is no address/],
  [['-o', 'jsn'], /--output: "jsn" is none of table, json, yaml; did you mean json\?/],
  [['--timeout', '90'], /--timeout: "90" is not a duration: its unit is missing/],
  [['--timeout', '0'], /--timeout is longer than 0s/],
  [['--request-id', 'mine'], /--request-id: "mine" is not a UUID/],
] as const)('%s is refused', ([words, message]) => {
  expect(() => settings(words)).toThrow(message)
})
