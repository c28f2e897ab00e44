import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTrivetError } from '../lib/errors.ts'
import { initialPeersMax, isPeerName, parseInitialPeers, selfAmong } from './initial-peers.ts'

const three = parseInitialPeers('--initial-peers', 'a=127.0.0.1:1, b=127.0.0.1:2,c=[::1]:3')

test('names and addresses are read in the order in which they stand', () => {
  expect(three).toEqual([
    { name: 'a', address: { host: '127.0.0.1', port: 1 } },
    { name: 'b', address: { host: '127.0.0.1', port: 2 } },
    { name: 'c', address: { host: '::1', port: 3 } },
  ])
})

test.for([
  ['a=127.0.0.1:1,', 'TRIVET_INITIAL_PEERS: "" is not NAME=HOST:PORT'],
  ['127.0.0.1:1', '"127.0.0.1:1" is not NAME=HOST:PORT'],
  ['A=127.0.0.1:1', '"A=127.0.0.1:1" is not NAME=HOST:PORT'],
  ['a=127.0.0.1', '"127.0.0.1" is not HOST:PORT'],
  ['a=127.0.0.1:0', 'a has port 0; the others have to know its port'],
  ['a=127.0.0.1:1,a=127.0.0.1:2', 'a stands there twice'],
  ['a=127.0.0.1:1,b=127.0.0.1:1', '127.0.0.1:1 stands there twice'],
  ['a=10.0.0.1:1', 'TRIVET_INITIAL_PEERS 10.0.0.1:1 is reachable from outside'],
] as const)('%s is refused: %s', ([text, reason]) => {
  expect(() => parseInitialPeers('TRIVET_INITIAL_PEERS', text)).toThrow(reason)
})

test(`more than ${initialPeersMax} peers are refused`, () => {
  const list = (count: number) => Array.from({ length: count }, (_, at) => `p${at}=127.0.0.1:${at + 1}`).join(',')
  expect(parseInitialPeers('x', list(initialPeersMax))).toHaveLength(initialPeersMax)
  expect(() => parseInitialPeers('x', list(initialPeersMax + 1))).toThrow('10 peers; 9 at most')
})

test('any text is a list of named peers or refused with an error of the catalogue', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^([a-c]=127\.0\.0\.1:\d{1,5},?){1,3}$/)), (text) => {
      try {
        return parseInitialPeers('x', text).every(({ name }) => isPeerName(name))
      } catch (error) {
        return isTrivetError(error, 'CONFIG_INVALID') || isTrivetError(error, 'LISTENER_NOT_LOOPBACK')
      }
    }),
  )
})

test('a peer is the one of its name, wherever it listens', () => {
  const listen = { host: '127.0.0.1', port: 9 }
  expect(selfAmong(three, { name: 'b', nameOrigin: '--name', listen }).name).toBe('b')
  expect(() => selfAmong(three, { name: 'd', nameOrigin: 'TRIVET_NAME', listen })).toThrow(
    'TRIVET_NAME: d is not among a, b, c',
  )
})

test('a peer without a name is the one that listens where it does', () => {
  const at = (host: string, port: number) =>
    selfAmong(three, { name: undefined, nameOrigin: '--name', listen: { host, port } })
  expect(at('::1', 3).name).toBe('c')
  expect(() => at('127.0.0.1', 9)).toThrow('none of a, b, c listens at 127.0.0.1:9; say which this is with --name')
})
